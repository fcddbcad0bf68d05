"""The one place where a clock is read: at the edge, once a command; everything below is told what time it is (DESIGN 1.6)."""

from __future__ import annotations

from datetime import UTC, datetime

from tasks.model.errors import LedgerError


def clock_at(clock: str | None) -> datetime:
    """Return now as aware UTC: the simulated clock if one is given, else the machine's."""
    return parse_instant(clock, "--clock") if clock else datetime.now(UTC)


def parse_instant(text: str, where: str) -> datetime:
    """Return an instant given on the command line, as aware UTC.

    Raises:
        LedgerError: If the text is no ISO 8601 instant with an offset.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise LedgerError(f"'{text}' is no instant with an offset", where=where, fix="write it like 2026-11-03T06:00:00Z")
    return instant.astimezone(UTC)
