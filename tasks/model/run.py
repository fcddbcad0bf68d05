"""What a run is asked for and is named by (DESIGN 1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from tasks.model.identity import sha256_json

INTERNAL = "internal"
EDITIONS = ("customer", "vendor")


@dataclass(frozen=True)
class Run:
    """One run. Instants are aware UTC; `as_of` is resolved; `start_at`/`end_at` bound the period in the home's display zone.

    `base_run_id` is the sealed pack of the same period that this one tells its changes against (R-RS1); None for the first.
    `vendor_id` and `edition` name the reader of a pack that is one vendor's.
    """

    run_id: str
    occasion: Literal["month", "quarter", "trends", "claims", "what-if", "metrics"]
    period: str
    start_at: datetime
    end_at: datetime
    as_of: datetime
    region: str
    display_timezone: str
    is_preview: bool = False
    is_simulated: bool = False
    base_run_id: str | None = None
    vendor_id: str | None = None
    edition: str = INTERNAL

    @property
    def path(self) -> str:
        """Return where its pack lies among those of its occasion and period: run_id, and vendor and edition where it is one vendor's."""
        return "/".join([self.run_id, self.vendor_id, self.edition] if self.vendor_id else [self.run_id])

    def of_vendor(self, vendor_id: str, edition: str) -> Run:
        """Return the run of one vendor's edition: its own id, since what is told apart by vendor and edition has other bytes."""
        run_id = sha256_json({"run": self.run_id, "vendor_id": vendor_id, "edition": edition})[:16]
        return replace(self, run_id=run_id, vendor_id=vendor_id, edition=edition)


def pack_id_of(manifest: Mapping[str, Any]) -> str:
    """Return what a pack is called: occasion/period/run_id, and vendor and edition where it is one vendor's."""
    parts = [manifest["occasion"], manifest["period"], manifest["run_id"]]
    return "/".join([*parts, manifest["vendor_id"], manifest["edition"]] if manifest.get("vendor_id") else parts)
