"""Leadership trends: a quarter beside the seven before it, what is a trend and what is none, in four to six pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.home_page import refresh
from flows.occasion import Occasion, open_occasion
from flows.quarter_run import Quarter, measured_quarter
from tasks.archive.sealing import Seal
from tasks.archive.steps import seal_pack
from tasks.gate.steps import gate, judge
from tasks.measure.steps import measure_levels
from tasks.measure.what_if import first_record
from tasks.model.run import Run
from tasks.orchestration import flow
from tasks.publish.pack import Pack
from tasks.publish.page import both_zones
from tasks.publish.pdf import why_none
from tasks.publish.steps import publish_leadership
from tasks.publish.trends.draft import Coverage, quarters_of
from tasks.publish.words import period_words
from tasks.reconcile.steps import reconcile_records
from tasks.store.home import Home
from tasks.store.packs import TRENDS_PAGE
from tasks.store.room import Room


@dataclass(frozen=True)
class TrendsOutcome:
    """One finished trend report."""

    home: Home
    quarter: Quarter
    coverage: dict[str, Coverage]
    pack: Pack
    seal: Seal

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
            "coverage": self.coverage,
            "content_sha256": self.pack.content_sha256,
            "manifest_sha256": self.pack.manifest_sha256,
            "pack": str(self.pack.folder.root),
            "bundle": str(self.seal.bundle),
        }

    def in_words(self) -> str:
        """Return some lines: what it covers, and where it is."""
        run = self.quarter.run
        stamps = [word for word, is_so in (("preview", run.is_preview), ("simulated clock", run.is_simulated)) if is_so]
        head = f"{self.home.name}, {period_words(run.period)}, as known at {both_zones(run.as_of, run.display_timezone)}"
        told = sum(coverage != "none" for coverage in self.coverage.values())
        lines = [
            head + (f" ({', '.join(stamps)})" if stamps else ""),
            f"Quarters on record: {told} of {len(self.coverage)}",
            f"Report: {self.pack.folder.page(TRENDS_PAGE)}",
            *filter(None, [why_none()]),
            *(["A gate blocks a verdict: sla month says which and the mend"] if self.is_blocked else []),
        ]
        return "\n".join(lines)


@flow(name="leadership trends", steps=12)
def trends(
    home: str = "data",
    period: str | None = None,
    as_of: str | None = None,
    is_preview: bool = False,
    clock: str | None = None,
    threads: int | None = None,
    memory: str | None = None,
) -> TrendsOutcome:
    """Build, check and seal the trend report of a quarter from what was known at `as_of`.

    Args:
        home: The home's folder.
        period: YYYY-Qn; the quarter before now if left out, or, for a preview, the one that runs.
        as_of: ISO 8601 instant; the newest knowledge if left out.
        is_preview: Mark the report provisional; a quarter that is not over is so by itself.
        clock: A simulated now; the machine's clock if left out.
        threads: Threads DuckDB may use.
        memory: DuckDB's memory limit, such as "512MB".
    """
    with open_occasion("trends", home, clock=clock, threads=threads, memory=memory) as occasion:
        found = measured_quarter(occasion, period, as_of, is_preview=is_preview)
        runs = quarters_before(occasion, found)
        coverage = covered(occasion, found, [*runs, found.run])
        rooms = [*(measured_again(occasion, found, run) for run in runs if coverage[run.period] != "none"), found.measured]
        pack = publish_leadership(
            occasion.home,
            found.run,
            found.known,
            found.staged,
            found.door,
            found.reconciled,
            rooms,
            coverage,
            found.reference,
            occasion.limits,
        )
        seal = seal_pack(occasion.home, pack.folder, occasion.journal, occasion.now, found.run.is_simulated)
        occasion.note_run(found.run, "blocked" if found.door.is_blocking else "done")
        refresh(occasion, staged=found.staged)
        return TrendsOutcome(occasion.home, found, coverage, pack, seal)


def quarters_before(occasion: Occasion, found: Quarter) -> list[Run]:
    """Return a run of each quarter that the report shows before its own, oldest first."""
    names = [quarter.name for quarter in quarters_of(found.run.period, {})[:-1]]
    known, reference, staged = found.known, found.reference, found.staged
    return [occasion.name_run(name, known, reference, staged, is_preview=False, is_quarter=True) for name in names]


def covered(occasion: Occasion, found: Quarter, runs: list[Run]) -> dict[str, Coverage]:
    """Return how much of each quarter the records cover: none of one that ended before the first record, or has not begun."""
    first = first_record(found.staged, occasion.limits)
    return {run.period: coverage_of(run, first) for run in runs}


def coverage_of(run: Run, first: datetime | None) -> Coverage:
    """Return how much of a run's quarter lies after the first record."""
    if first is None or run.end_at <= first or run.start_at >= run.as_of:
        return "none"
    return "whole" if first <= run.start_at else "part"


def measured_again(occasion: Occasion, found: Quarter, run: Run) -> Room:
    """Return an earlier quarter measured by what is known now; what was signed then stands in its own packs."""
    reconciled = gate(reconcile_records(occasion.home, found.staged, found.reference, run, occasion.limits), occasion.limits)
    door = judge(occasion.home, found.known, found.staged, reconciled, found.reference, run, occasion.limits)
    measured = measure_levels(
        occasion.home, found.staged, reconciled, found.reference, run, occasion.limits, door.blocks, found.known.landings
    )
    return gate(measured, occasion.limits)
