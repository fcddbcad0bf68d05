"""Daily landing: what the sources have is fetched, what lies in the inbox becomes raw, journalled, and nothing is computed."""

from __future__ import annotations

from flows.occasion import open_occasion
from tasks.extract.steps import fetch_sources
from tasks.land.landing import LandReport
from tasks.land.steps import land_inbox
from tasks.model.errors import FaultsError
from tasks.orchestration import flow


@flow(name="daily landing", steps=2)
def daily(home: str = "data", clock: str | None = None) -> LandReport:
    """Fetch from every source that can be fetched, then land; `clock` is a simulated now.

    Raises:
        FaultsError: After landing, if a source could not be fetched: a day that lacks one is no success.
    """
    with open_occasion("daily", home, clock=clock) as occasion:
        fetched = fetch_sources(occasion.home, occasion.reference, occasion.journal, occasion.now, occasion.is_simulated)
        landed = land_inbox(occasion.home, occasion.reference, occasion.journal, occasion.now, occasion.is_simulated)
        if fetched.faults:
            raise FaultsError(fetched.faults)
        return landed
