"""Monthly compliance: what happened, what the contracts say about it, what is owed, and the proof."""

from __future__ import annotations

from flows.home_page import refresh
from flows.occasion import open_occasion
from flows.outcome import MonthOutcome
from tasks.act.steps import tell_people
from tasks.archive.steps import seal_pack
from tasks.gate.steps import gate, judge
from tasks.land.nothing import refuse_nothing
from tasks.land.steps import land_inbox
from tasks.measure.steps import measure_levels
from tasks.orchestration import flow
from tasks.publish.steps import publish_month, terms_of
from tasks.reconcile.steps import reconcile_records
from tasks.stage.steps import stage_files


@flow(name="monthly compliance", steps=11)
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
        period: YYYY-MM; the month before now if left out, or, for a preview, the one that runs.
        as_of: ISO 8601 instant; the newest knowledge if left out.
        is_preview: Mark the pack provisional; a month that is not over is so by itself.
        clock: A simulated now; the machine's clock if left out.
        threads: Threads DuckDB may use.
        memory: DuckDB's memory limit, such as "512MB".
    """
    with open_occasion("month", home, clock=clock, threads=threads, memory=memory) as occasion:
        landed = land_inbox(occasion.home, occasion.reference, occasion.journal, occasion.now, occasion.is_simulated)
        refuse_nothing(occasion.home, occasion.reference.sources, occasion.journal, landed)
        known = occasion.know(as_of)
        reference = occasion.reference_at(known)
        staged = stage_files(occasion.home, known, reference, occasion.limits)
        run = occasion.name_run(period, known, reference, staged, is_preview=is_preview)
        reconciled = gate(reconcile_records(occasion.home, staged, reference, run, occasion.limits), occasion.limits)
        door = judge(occasion.home, known, staged, reconciled, reference, run, occasion.limits)
        measured = measure_levels(occasion.home, staged, reconciled, reference, run, occasion.limits, door.blocks, known.landings)
        measured = gate(measured, occasion.limits)
        pack = publish_month(occasion.home, run, occasion.journal, known, staged, door, reconciled, measured, reference, occasion.limits)
        seal = seal_pack(occasion.home, pack.folder, occasion.journal, occasion.now, run.is_simulated)
        occasion.note_run(run, "blocked" if door.is_blocking else "done")
        refresh(occasion, staged=staged)
        outcome = MonthOutcome(occasion.home, run, landed, door, pack, seal, terms_of(reference, run))
        tell_people(occasion.journal, occasion.reference, outcome.events, outcome.digest(), occasion.now, run.is_simulated)
        return outcome.shown()
