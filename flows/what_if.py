"""What if a contract had said something else: months gone by under other terms, beside what they were judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from flows.occasion import Occasion, open_occasion
from tasks.gate.steps import gate, judge
from tasks.measure.steps import compare_terms, measure_levels
from tasks.measure.what_if import months_asked, with_records
from tasks.model.run import Run
from tasks.orchestration import flow
from tasks.publish.steps import publish_comparison
from tasks.publish.what_if import WhatIf
from tasks.reconcile.steps import reconcile_records
from tasks.stage.steps import stage_files
from tasks.store.knowledge import Known
from tasks.store.other_terms import OtherTerms, read_other_terms
from tasks.store.reference import Reference
from tasks.store.replayed import Replayed
from tasks.store.room import Room
from tasks.store.staged import Staged


@flow(name="what if", steps=10)
def what_if(
    home: str,
    contract_file: str,
    first: str,
    last: str,
    replaces: str | None = None,
    clock: str | None = None,
    threads: int | None = None,
    memory: str | None = None,
) -> WhatIf:
    """Measure months gone by once more with another contract file in the place of a contract, and publish both side by side.

    Args:
        home: The home's folder.
        contract_file: The other terms.
        first: The first month, YYYY-MM.
        last: The last one.
        replaces: The contract whose place they take; that of the file's own contract_id if left out.
        clock: A simulated now; the machine's clock if left out.
        threads: Threads DuckDB may use.
        memory: DuckDB's memory limit, such as "512MB".
    """
    with open_occasion("what-if", home, clock=clock, threads=threads, memory=memory) as occasion:
        known = occasion.know(None)
        reference = occasion.reference_at(known)
        other = read_other_terms(occasion.home, reference, Path(contract_file), replaces)
        staged = stage_files(occasion.home, known, reference, occasion.limits)
        asked = [occasion.name_run(month, known, reference, staged, is_preview=False) for month in months_asked(first, last)]
        told, quiet = with_records(asked, staged, occasion.limits)
        months = [_replay(occasion, known, staged, reference, other, run) for run in told]
        room = compare_terms(occasion.home, months, other, occasion.limits)
        outcome = publish_comparison(occasion.home, asked, months, other, room, [run.period for run in quiet], occasion.limits)
        occasion.note_run(outcome.run, "done")
        return outcome


def _replay(occasion: Occasion, known: Known, staged: Staged, reference: Reference, other: OtherTerms, run: Run) -> Replayed:
    """Return one month measured under both terms; the gates judge the data, which is the same, once."""
    reconciled = gate(reconcile_records(occasion.home, staged, reference, run, occasion.limits), occasion.limits)
    door = judge(occasion.home, known, staged, reconciled, reference, run, occasion.limits)
    before = _measured(occasion, staged, reconciled, reference, run, door.blocks, known)
    anew = gate(reconcile_records(occasion.home, staged, other.reference, run, occasion.limits), occasion.limits)
    after = _measured(occasion, staged, anew, other.reference, run, door.blocks, known)
    return Replayed(run, reconciled, before, after)


def _measured(
    occasion: Occasion, staged: Staged, reconciled: Room, reference: Reference, run: Run, blocks: Sequence[Mapping[str, str]], known: Known
) -> Room:
    measured = measure_levels(occasion.home, staged, reconciled, reference, run, occasion.limits, blocks, known.landings)
    return gate(measured, occasion.limits)
