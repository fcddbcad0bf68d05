"""The step that flows call: raw → staged."""

from __future__ import annotations

from tasks.orchestration import task
from tasks.stage.staging import stage
from tasks.store.engine import Limits
from tasks.store.home import Home
from tasks.store.knowledge import Known
from tasks.store.reference import Reference
from tasks.store.staged import Staged


@task(name="stage files")
def stage_files(home: Home, known: Known, reference: Reference, limits: Limits) -> Staged:
    """Return everything known as typed rows in UTC; what was staged before is not read again."""
    return stage(home, known, reference.sources, limits, reference.mappings)
