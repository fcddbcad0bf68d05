"""The step that flows call to land."""

from __future__ import annotations

from datetime import datetime

from tasks.land.landing import LandReport, land
from tasks.orchestration import task
from tasks.store.home import Home
from tasks.store.journal import Journal
from tasks.store.reference import Reference


@task(name="land the inbox")
def land_inbox(
    home: Home, reference: Reference, journal: Journal, now: datetime, is_simulated: bool, source_id: str | None = None
) -> LandReport:
    """Take new files of the inbox into raw, in one landing call."""
    mappings = reference.mappings
    return land(home, reference.sources, journal, now=now, is_simulated=is_simulated, source_id=source_id, mappings=mappings)
