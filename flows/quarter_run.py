"""What every pack of a quarter begins with: its days landed, staged, judged, reconciled and measured, months and all."""

from __future__ import annotations

from dataclasses import dataclass

from flows.occasion import Occasion
from tasks.gate.doors import Door
from tasks.gate.steps import gate, judge
from tasks.land.landing import LandReport
from tasks.land.nothing import refuse_nothing
from tasks.land.steps import land_inbox
from tasks.measure.steps import measure_levels
from tasks.model.run import Run
from tasks.reconcile.steps import reconcile_records
from tasks.stage.steps import stage_files
from tasks.store.knowledge import Known
from tasks.store.reference import Reference
from tasks.store.room import Room
from tasks.store.staged import Staged


@dataclass(frozen=True)
class Quarter:
    """A quarter, measured: every window of its three months, and its metrics against the quarter before."""

    run: Run
    landed: LandReport
    known: Known
    reference: Reference
    staged: Staged
    door: Door
    reconciled: Room
    measured: Room


def measured_quarter(occasion: Occasion, period: str | None, as_of: str | None, *, is_preview: bool) -> Quarter:
    """Return a quarter as known at `as_of`: the one before now if none is named, or, for a preview, the one that runs."""
    landed = land_inbox(occasion.home, occasion.reference, occasion.journal, occasion.now, occasion.is_simulated)
    refuse_nothing(occasion.home, occasion.reference.sources, occasion.journal, landed)
    known = occasion.know(as_of)
    reference = occasion.reference_at(known)
    staged = stage_files(occasion.home, known, reference, occasion.limits)
    run = occasion.name_run(period, known, reference, staged, is_preview=is_preview, is_quarter=True)
    reconciled = gate(reconcile_records(occasion.home, staged, reference, run, occasion.limits), occasion.limits)
    door = judge(occasion.home, known, staged, reconciled, reference, run, occasion.limits)
    measured = measure_levels(occasion.home, staged, reconciled, reference, run, occasion.limits, door.blocks, known.landings)
    measured = gate(measured, occasion.limits)
    return Quarter(run, landed, known, reference, staged, door, reconciled, measured)
