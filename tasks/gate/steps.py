"""The steps that flows call at the doors between rooms."""

from __future__ import annotations

from tasks.gate.doors import Door, check_room, judge_rooms
from tasks.model.run import Run
from tasks.orchestration import task
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home
from tasks.store.knowledge import Known
from tasks.store.reference import Reference
from tasks.store.room import Room
from tasks.store.staged import Staged


@task(name="judge the data")
def judge(home: Home, known: Known, staged: Staged, reconciled: Room, reference: Reference, run: Run, limits: Limits) -> Door:
    """Judge what was staged and reconciled; a block marks services, a broken balance stops the run."""
    return judge_rooms(home, known, staged, reconciled, reference, run, limits)


@task(name="pass the door")
def gate(room: Room, limits: Limits) -> Room:
    """Return a room that keeps its word: unique keys, closed enumerations; types and nulls were checked when it was written.

    Raises:
        BlockedError: If it does not: nothing downstream may read it.
    """
    with Engine(limits) as engine:
        room.show(engine)
        check_room(engine, room.name)
    return room
