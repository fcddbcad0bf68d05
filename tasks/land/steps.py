"""The step that flows call to land."""

from __future__ import annotations

from datetime import datetime

from tasks.land.landing import LandReport, land
from tasks.land.reference import changed, record_gone
from tasks.land.withdrawal import Withdrawal, withdraw
from tasks.orchestration import task
from tasks.store.home import Home
from tasks.store.journal import Journal
from tasks.store.reference import Reference


@task(name="land the inbox")
def land_inbox(
    home: Home, reference: Reference, journal: Journal, now: datetime, is_simulated: bool, source_id: str | None = None
) -> LandReport:
    """Record changed reference files, then take new files of the inbox into raw, in one landing call."""
    record_gone(home, journal, now=now, is_simulated=is_simulated)
    also = changed(home, journal)
    own = {"source_id": source_id, "also": also, "mappings": reference.mappings}
    return land(home, reference.sources, journal, now=now, is_simulated=is_simulated, **own)


@task(name="take a file back")
def withdraw_file(
    home: Home, journal: Journal, digest: str, reason: str, now: datetime, is_simulated: bool, source_id: str | None = None
) -> Withdrawal:
    """Take a landed file back: the runs that follow no longer see it."""
    return withdraw(home, journal, digest, reason, now=now, is_simulated=is_simulated, source_id=source_id)
