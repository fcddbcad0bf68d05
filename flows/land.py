"""Landing: what lies in the inbox becomes raw, journalled, and nothing else happens."""

from __future__ import annotations

from flows.occasion import open_occasion
from tasks.land.landing import LandReport
from tasks.land.steps import land_inbox
from tasks.orchestration import flow


@flow(name="landing", steps=1)
def land(home: str = "data", source_id: str | None = None, clock: str | None = None) -> LandReport:
    """Land new exports of every source, or of one; `clock` is a simulated now."""
    with open_occasion("land", home, clock=clock) as occasion:
        return land_inbox(occasion.home, occasion.reference, occasion.journal, occasion.now, occasion.is_simulated, source_id)
