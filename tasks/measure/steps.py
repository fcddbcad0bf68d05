"""The step that flows call to fill the room measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tasks.measure.measuring import measure
from tasks.measure.what_if import compare
from tasks.model.run import Run
from tasks.orchestration import task
from tasks.store.engine import Limits
from tasks.store.home import Home
from tasks.store.journal import Row
from tasks.store.other_terms import OtherTerms
from tasks.store.reference import Reference
from tasks.store.replayed import Replayed
from tasks.store.room import Room
from tasks.store.staged import Staged


@task(name="measure levels")  # no retries: a second try cannot change the answer
def measure_levels(
    home: Home,
    staged: Staged,
    reconciled: Room,
    reference: Reference,
    run: Run,
    limits: Limits,
    quality_blocks: Sequence[Mapping[str, str]],
    landings: Sequence[Row],
) -> Room:
    """Fill the room measured: service levels, credits, claims, metrics and recurrence of the period."""
    return measure(home, staged, reconciled, reference, run, limits, quality_blocks, landings)


@task(name="compare terms")
def compare_terms(home: Home, months: Sequence[Replayed], other: OtherTerms, limits: Limits) -> Room:
    """Fill a room with what months were judged under the terms in force and under others, side by side."""
    return compare(home, months, other, limits)
