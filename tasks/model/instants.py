"""Instants as text, where people and other programs read them, and as whole microseconds since 1970, where spans are counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def epoch_us(at: datetime) -> int:
    """Return microseconds since 1970 in UTC."""
    return (at - EPOCH) // MICROSECOND


def from_epoch_us(value: int) -> datetime:
    """Return the UTC instant of microseconds since 1970."""
    return EPOCH + value * MICROSECOND


def exact_instant(at: datetime) -> str:
    """Return ISO 8601 in UTC; six decimals only if not a whole second."""
    utc = at.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="microseconds" if utc.microsecond else "seconds") + "Z"
