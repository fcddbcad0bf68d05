"""Quarterly vendor review: what each vendor promised and kept in a quarter, in an edition for us and one for the vendor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flows.home_page import refresh
from flows.occasion import open_occasion
from flows.quarter_run import Quarter, measured_quarter
from tasks.archive.sealing import Seal
from tasks.archive.steps import seal_pack
from tasks.model.errors import UnknownReferenceError
from tasks.model.run import EDITIONS, Run
from tasks.orchestration import flow
from tasks.publish.pack import Pack
from tasks.publish.page import both_zones
from tasks.publish.steps import publish_reviews, vendors_of
from tasks.publish.words import period_words
from tasks.store.home import Home
from tasks.store.packs import REVIEW_PAGE


@dataclass(frozen=True)
class QuarterOutcome:
    """The packs of one quarter, one for each vendor and edition, with their seals."""

    home: Home
    quarter: Quarter
    runs: tuple[Run, ...]
    packs: tuple[Pack, ...]
    seals: tuple[Seal, ...]

    @property
    def is_blocked(self) -> bool:
        """Tell whether a gate blocks a verdict or a file was refused (exit code 1)."""
        return self.quarter.door.is_blocking or bool(self.quarter.landed.refused)

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome as data for --json."""
        run = self.quarter.run
        return {
            "run_id": run.run_id,
            "period": run.period,
            "as_of": run.as_of.isoformat(),
            "is_preview": run.is_preview,
            "is_blocked": self.is_blocked,
            "packs": [
                {
                    "vendor_id": own.vendor_id,
                    "edition": own.edition,
                    "run_id": own.run_id,
                    "pack": str(pack.folder.root),
                    "content_sha256": pack.content_sha256,
                    "manifest_sha256": pack.manifest_sha256,
                    "bundle": str(seal.bundle),
                }
                for own, pack, seal in zip(self.runs, self.packs, self.seals, strict=True)
            ],
        }

    def in_words(self) -> str:
        """Return a line a pack."""
        run = self.quarter.run
        stamps = [word for word, is_so in (("preview", run.is_preview), ("simulated clock", run.is_simulated)) if is_so]
        head = f"{self.home.name}, {period_words(run.period)}, as known at {both_zones(run.as_of, run.display_timezone)}"
        lines = [
            f"{own.vendor_id}, {own.edition} edition: {pack.folder.page(REVIEW_PAGE)}"
            for own, pack in zip(self.runs, self.packs, strict=True)
        ]
        gates = ["A gate blocks a verdict: sla month says which and the mend"] if self.is_blocked else []
        return "\n".join(
            [head + (f" ({', '.join(stamps)})" if stamps else ""), *(lines or ["no contract with a vendor was in force"]), *gates]
        )


@flow(name="quarterly vendor review", steps=12)
def quarter(
    home: str = "data",
    period: str | None = None,
    vendor: str | None = None,
    as_of: str | None = None,
    is_preview: bool = False,
    clock: str | None = None,
    threads: int | None = None,
    memory: str | None = None,
) -> QuarterOutcome:
    """Build, check and seal the review packs of a quarter from what was known at `as_of`: every vendor, both editions.

    Args:
        home: The home's folder.
        period: YYYY-Qn; the quarter before now if left out, or, for a preview, the one that runs.
        vendor: Only this vendor; every one with a contract in force in the quarter if left out.
        as_of: ISO 8601 instant; the newest knowledge if left out.
        is_preview: Mark the packs provisional; a quarter that is not over is so by itself.
        clock: A simulated now; the machine's clock if left out.
        threads: Threads DuckDB may use.
        memory: DuckDB's memory limit, such as "512MB".
    """
    with open_occasion("quarter", home, clock=clock, threads=threads, memory=memory) as occasion:
        found = measured_quarter(occasion, period, as_of, is_preview=is_preview)
        vendors = asked_vendors(found, vendor)
        runs = tuple(found.run.of_vendor(name, edition) for name in vendors for edition in EDITIONS)
        packs = tuple(
            publish_reviews(
                occasion.home, runs, found.known, found.staged, found.reconciled, found.measured, found.reference, occasion.limits
            )
        )
        seals = tuple(seal_pack(occasion.home, pack.folder, occasion.journal, occasion.now, found.run.is_simulated) for pack in packs)
        for run in runs:
            occasion.note_run(run, "blocked" if found.door.is_blocking else "done")
        refresh(occasion, staged=found.staged)
        return QuarterOutcome(occasion.home, found, runs, packs, seals)


def asked_vendors(found: Quarter, vendor: str | None) -> list[str]:
    """Return the vendors whose packs are made.

    Raises:
        UnknownReferenceError: If the one that is asked for has no contract in force in the quarter.
    """
    known = vendors_of(found.reference, found.run.start_at, found.run.end_at)
    if vendor is not None and vendor not in known:
        raise UnknownReferenceError(
            where="sla quarter --vendor",
            kind="vendor with a contract in force in the quarter",
            got=vendor,
            known=known,
            fix="name one of these",
        )
    return known if vendor is None else [vendor]
