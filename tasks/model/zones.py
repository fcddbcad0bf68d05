"""Time zones from the pinned `tzdata` package alone: offset spans, and wall times turned into instants (R-TM2, R-TM3, R-BH1)."""

from __future__ import annotations

import difflib
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tasks.model.errors import LedgerError, UnknownReferenceError

zoneinfo.reset_tzpath(())  # the machine's own zone files never decide a figure
ZoneInfo.clear_cache()

FIRST = datetime(1900, 1, 1, tzinfo=UTC)
LAST = datetime(2100, 1, 1, tzinfo=UTC)
STEP = timedelta(days=6)  # shorter than any offset ever held in any zone, which a test checks
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Transition:
    """A span in which one offset holds: `[start_at, end_at)` in UTC, `utc_offset_us` = local minus UTC."""

    start_at: datetime
    end_at: datetime | None
    utc_offset_us: int
    abbreviation: str


@cache
def zone_names() -> frozenset[str]:
    """Return every IANA name of the pinned database."""
    return frozenset(zoneinfo.available_timezones())


def known_zone(name: str) -> bool:
    """Tell whether a name is one of the pinned database, letter by letter."""
    return name in zone_names()


@cache
def zone(name: str, where: str = "time zone") -> ZoneInfo:
    """Return the zone of that name.

    Raises:
        UnknownReferenceError: If there is none.
    """
    if not known_zone(name):
        near = difflib.get_close_matches(name, zone_names(), n=5)
        raise UnknownReferenceError(where=where, kind="time zone", got=name, known=near, fix="use an IANA name such as Europe/Berlin")
    return ZoneInfo(name)


@cache
def transitions(name: str) -> tuple[Transition, ...]:
    """Return the offset spans of a zone, without a gap between them.

    Changes are found from 1900 up to 2100; the last span is open.

    Raises:
        UnknownReferenceError: If there is no such zone.
    """
    place = zone(name)
    starts = [FIRST, *_changes(place)]
    ends = [*starts[1:], None]
    return tuple(Transition(start, end, *_state(place, start)) for start, end in zip(starts, ends, strict=True))


def resolve_wall(name: str, wall: datetime) -> list[datetime]:
    """Return every instant at which a clock in the zone showed this wall time, in order (R-TM2).

    Args:
        name: IANA name.
        wall: A time without offset.

    Returns:
        UTC instants: one as a rule, two in a repeated hour (E09), none in a skipped one (E10).

    Raises:
        UnknownReferenceError: If there is no such zone.
        LedgerError: If the instant is beyond what a timestamp can hold.
    """
    place = zone(name)
    passes = {_instant(place, wall, fold) for fold in (0, 1)}
    return sorted(instant for instant in passes if instant.astimezone(place).replace(tzinfo=None, fold=0) == wall)


def calendar_instant(name: str, wall: datetime) -> datetime:
    """Return the one instant that a calendar means by a wall time (R-BH1, E131).

    Inside a gap it moves forward by the gap's length, inside an overlap it is the first pass: both are what the offset before the
    change gives.

    Raises:
        UnknownReferenceError: If there is no such zone.
        LedgerError: If the instant is beyond what a timestamp can hold.
    """
    return _instant(zone(name), wall, fold=0)


def local_midnight(name: str, day: date) -> datetime:
    """Return the instant at which a local day begins (R-TM3)."""
    return calendar_instant(name, datetime.combine(day, time.min))


def local_wall(name: str, instant: datetime) -> datetime:
    """Return what a clock in the zone shows at an instant, without offset."""
    return instant.astimezone(zone(name)).replace(tzinfo=None, fold=0)


def _instant(place: ZoneInfo, wall: datetime, fold: int) -> datetime:
    if wall.tzinfo is not None:
        raise ValueError(f"{wall.isoformat()} has an offset, so it needs no zone")
    try:
        return wall.replace(tzinfo=place, fold=fold).astimezone(UTC)
    except OverflowError as error:
        raise LedgerError(f"{wall.isoformat()} in {place.key} lies beyond the years 1 to 9999", fix="write a year between them") from error


def _changes(place: ZoneInfo) -> list[datetime]:
    found = []
    low, before = FIRST, _state(place, FIRST)
    while low < LAST:
        high = min(low + STEP, LAST)
        after = _state(place, high)
        if after != before:
            found.append(_first_change(place, low, high))
        low, before = high, after
    return found


def _first_change(place: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """Return the first second in (low, high] with another state than low's, by bisection."""
    before = _state(place, low)
    while high - low > SECOND:
        middle = low + (high - low) // (2 * SECOND) * SECOND
        low, high = (middle, high) if _state(place, middle) == before else (low, middle)
    return high


def _state(place: ZoneInfo, instant: datetime) -> tuple[int, str]:
    local = instant.astimezone(place)
    offset = local.replace(tzinfo=None) - instant.replace(tzinfo=None)
    return offset // timedelta(microseconds=1), str(local.tzname())
