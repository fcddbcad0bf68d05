"""The step that flows call to fetch. Its retries live in the HTTP client, where the world is touched."""

from __future__ import annotations

from datetime import datetime

from tasks.extract.fetching import FetchReport, Means, fetch
from tasks.orchestration import secret, table_artifact, task
from tasks.store.home import Home
from tasks.store.journal import Journal
from tasks.store.reference import Reference


@task(name="fetch from the sources")
def fetch_sources(
    home: Home, reference: Reference, journal: Journal, now: datetime, is_simulated: bool, source_id: str | None = None
) -> FetchReport:
    """Bring the inbox up to now from every source with a `fetch` block, or from one."""
    means = Means(secret)
    report = fetch(home, reference.sources, journal, means, now=now, is_simulated=is_simulated, source_id=source_id)
    rows = [
        {
            "source": visit.source_id,
            "files": len(visit.files),
            "findings": "; ".join(map(str, visit.findings)),
            "stopped": str(visit.fault or ""),
        }
        for visit in report.visits
    ]
    table_artifact("fetched", rows, "What was fetched into the inbox")
    return report
