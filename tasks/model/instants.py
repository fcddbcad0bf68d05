"""How an instant is written where people and other programs read it."""

from __future__ import annotations

from datetime import UTC, datetime


def exact_instant(at: datetime) -> str:
    """Return ISO 8601 in UTC; six decimals only if not a whole second."""
    utc = at.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="microseconds" if utc.microsecond else "seconds") + "Z"
