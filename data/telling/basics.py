"""Constants of the sample, its random numbers and its clocks."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

SEED = 20261103
FIRST = datetime(2026, 6, 29, tzinfo=UTC)  # probes and extracts begin here
EXTRACTED = datetime(2026, 11, 3, 6, tzinfo=UTC)  # and end here
MONTHS = (7, 8, 9, 10)
BERLIN, LONDON, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
TWICE = (datetime(2026, 10, 25, 0, tzinfo=UTC), datetime(2026, 10, 25, 2, tzinfo=UTC))  # 02:00 to 03:00 in Berlin, shown twice
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def draw(purpose: str) -> Random:
    """Return the generator of one purpose; nothing else shares its numbers."""
    return Random(f"{SEED}/{purpose}")


def between(numbers: Random, low_s: int, high_s: int) -> timedelta:
    """Return a drawn length in whole seconds, both bounds possible."""
    return timedelta(seconds=numbers.randint(low_s, high_s))


def token(text: str, length: int) -> str:
    """Return a stable lower-case hex name for a text."""
    return hashlib.sha256(f"{SEED}/{text}".encode()).hexdigest()[:length]


def person(number: int) -> str:
    """Return the pseudonym of a member of staff: 16 characters of base32, as the program's own pseudonyms."""
    return base64.b32encode(hashlib.sha256(f"{SEED}/person/{number}".encode()).digest()).decode()[:16]


def month_start(month: int) -> datetime:
    """Return the first instant (UTC) of a month of 2026; 13 is January 2027."""
    return datetime(2026, month, 1, tzinfo=UTC)


def working_time(numbers: Random, month: int) -> datetime:
    """Return an instant in a month, most likely during the day in Berlin; of November only its first two days."""
    days = (month_start(month + 1) - month_start(month)).days if month in MONTHS else 2
    hour = numbers.choice((6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 12, 13, 13, 14, 15, 16, 17, 19))
    return month_start(month) + numbers.randrange(days) * DAY + hour * HOUR + between(numbers, 0, 3599)


def instant(text: str) -> datetime:
    """Return the instant written as ISO 8601 with Z."""
    return datetime.fromisoformat(text)


def zulu(moment: datetime | None) -> str:
    """Return ISO 8601 in UTC (empty for none)."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def wall(moment: datetime | None, place: ZoneInfo, between_parts: str = "T") -> str:
    """Return what a clock in a zone shows, without offset (empty for none)."""
    return moment.astimezone(place).replace(tzinfo=None).isoformat(between_parts, "seconds") if moment else ""
