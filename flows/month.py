"""Monthly compliance: what happened, what the contracts say about it, what is owed, and the proof."""

from __future__ import annotations

from flows.occasion import open_occasion
from flows.outcome import MonthOutcome
from tasks.archive.steps import seal_pack
from tasks.gate.steps import gate, judge
from tasks.land.steps import land_inbox
from tasks.measure.steps import measure_levels
from tasks.orchestration import flow
from tasks.publish.steps import publish_month
from tasks.reconcile.steps import reconcile_records
from tasks.stage.steps import stage_files


@flow(name="monthly compliance", steps=9)
def month(
    home: str = "data",
    period: str | None = None,
    as_of: str | None = None,
    is_preview: bool = False,
    clock: str | None = None,
    threads: int | None = None,
    memory: str | None = None,
) -> MonthOutcome:
    """Build, check and seal the compliance pack of one month from what was known at `as_of`.

    Args:
        home: The home's folder.
        period: YYYY-MM; the month before now if left out.
        as_of: ISO 8601 instant; the newest knowledge if left out.
        is_preview: Mark the pack provisional; a month that is not over is so by itself.
        clock: A simulated now; the machine's clock if left out.
        threads: Threads DuckDB may use.
        memory: DuckDB's memory limit, such as "512MB".
    """
    with open_occasion("month", home, clock=clock, threads=threads, memory=memory) as occasion:
        landed = land_inbox(occasion.home, occasion.reference, occasion.journal, occasion.now, occasion.is_simulated)
        known = occasion.know(as_of)
        staged = stage_files(occasion.home, known, occasion.reference, occasion.limits)
        run = occasion.name_run(period, known, staged, is_preview=is_preview)
        reconciled = gate(reconcile_records(occasion.home, staged, occasion.reference, run, occasion.limits), occasion.limits)
        door = judge(occasion.home, known, staged, reconciled, occasion.reference, run, occasion.limits)
        measured = measure_levels(occasion.home, staged, reconciled, occasion.reference, run, occasion.limits, door.blocks)
        measured = gate(measured, occasion.limits)
        pack = publish_month(occasion.home, run, known, staged, door, reconciled, measured, occasion.reference, occasion.limits)
        seal = seal_pack(occasion.home, pack.folder, occasion.journal, occasion.now, occasion.is_simulated)
        occasion.note_run(run, "blocked" if door.is_blocking else "done")
        return MonthOutcome(occasion.home, run, landed, door, pack, seal).shown()
