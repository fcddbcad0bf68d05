"""What a run is asked for and is named by (DESIGN 1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class Run:
    """One run. Instants are aware UTC; `as_of` is resolved; `start_at`/`end_at` bound the period in the home's display zone.

    `base_run_id` is the sealed pack of the same period that this one tells its changes against (R-RS1); None for the first.
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


def pack_id_of(manifest: Mapping[str, Any]) -> str:
    """Return what a pack is called: occasion/period/run_id, and vendor and edition where it is one vendor's."""
    parts = [manifest["occasion"], manifest["period"], manifest["run_id"]]
    return "/".join([*parts, manifest["vendor_id"], manifest["edition"]] if manifest.get("vendor_id") else parts)
