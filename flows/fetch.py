"""Fetching: what the products' interfaces have and nobody dropped yet comes into the inbox, and nothing else happens."""

from __future__ import annotations

from flows.occasion import open_occasion
from tasks.extract.fetching import FetchReport
from tasks.extract.steps import fetch_sources
from tasks.orchestration import flow


@flow(name="fetching", steps=1)
def fetch(home: str = "data", source_id: str | None = None, clock: str | None = None) -> FetchReport:
    """Fetch from every source with a `fetch` block, or from one; `clock` is a simulated now."""
    with open_occasion("fetch", home, clock=clock) as occasion:
        return fetch_sources(occasion.home, occasion.reference, occasion.journal, occasion.now, occasion.is_simulated, source_id)
