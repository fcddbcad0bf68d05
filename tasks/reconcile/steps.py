"""The step that flows call to fill the room reconciled."""

from __future__ import annotations

from tasks.model.run import Run
from tasks.orchestration import task
from tasks.reconcile.reconciliation import reconcile
from tasks.store.engine import Limits
from tasks.store.home import Home
from tasks.store.reference import Reference
from tasks.store.room import Room
from tasks.store.staged import Staged


@task(name="reconcile records")  # no retries: a second try cannot change the answer
def reconcile_records(home: Home, staged: Staged, reference: Reference, run: Run, limits: Limits) -> Room:
    """Fill the room reconciled: incidents, their members, outages, exclusions and discrepancies, from everything known at as_of."""
    return reconcile(home, staged, reference, run, limits)
