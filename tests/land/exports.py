"""A home to land in, and exports to drop."""

from datetime import UTC, datetime, timedelta

from tasks.land import landing
from tasks.model.reference import Source

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 4, 12, tzinfo=UTC)
DESK = Source(id="desk", adapter="canonical", entity="ticket")
PROBES = Source(id="probes", adapter="canonical", entity="alert")


def drop(home, name, content, source="desk"):
    file = home.inbox / source / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def land(home, sources, journal, *, now=NOON, **how):
    """Land without waiting for files to settle, unless the test is about that."""
    return landing.land(home, sources, journal, now=now, **({"settle": timedelta(0)} | how))
