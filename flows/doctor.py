"""A look at machine, home and sources: the doctor asks, and what touches the world stays with the verb that fetches."""

from __future__ import annotations

from pathlib import Path

from flows.clock import clock_at
from tasks.extract.fetching import Means
from tasks.extract.looking import ONE_TRY, look_at_secret, look_at_server
from tasks.model.fetch import Fetched
from tasks.orchestration import secret
from tasks.start.doctor import examine
from tasks.start.remarks import Diagnosis


def look_at(home: Path, *, clock: str | None = None, is_online: bool = False) -> Diagnosis:
    """Return what is well and what is not of this machine and a home; servers are only asked if `is_online`."""
    means, now = Means(secret, ONE_TRY), clock_at(clock)

    def look(source_id: str, form: Fetched) -> str:
        where = f"source {source_id}"
        if is_online:
            return look_at_server(form, where, means, now)
        return f"{look_at_secret(form, where, means)}; sla doctor --online asks its server"

    return examine(home, look)
