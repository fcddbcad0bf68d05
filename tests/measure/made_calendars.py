"""Calendars that hypothesis makes, as their writers would write them: odd zones, overnight shifts, holidays, days of their own hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as some

from tests.measure.calendar_oracle import DAY, WEEK, Document

# half an hour (Lord Howe), two hours (Troll), at midnight (Cairo, Beirut, Gaza, Santiago, Asunción, Havana), offsets of a quarter hour
ZONES = (
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Santiago",
    "America/Asuncion",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Gaza",
    "America/Havana",
    "Antarctica/Troll",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "UTC",
)
# before changes of most of them: spring and autumn of 2026, and those of 2024, the last year in which Asunción changed
STARTS = (
    datetime(2026, 3, 26, tzinfo=UTC),
    datetime(2026, 10, 20, tzinfo=UTC),
    datetime(2024, 3, 20, tzinfo=UTC),
    datetime(2024, 9, 28, tzinfo=UTC),
)
SHAPES: tuple[list[list[str]], ...] = (
    [],
    [["09:00", "17:00"]],
    [["00:00", "24:00"]],
    [["08:00", "12:00"], ["12:45", "18:30"]],
    [["22:00", "06:15"]],
    [["20:00", "10:00"]],  # runs into the hours of the next morning
    [["23:30", "00:30"]],
    [["00:00", "00:30"], ["23:00", "24:00"]],
    [["02:15", "02:45"]],  # inside most changes of clocks
    [["00:10", "03:00"], ["04:00", "02:00"]],
)


@some.composite
def calendars(draw: Any, start_at: datetime, shapes: tuple[list[list[str]], ...] = SHAPES) -> Document:
    """Return a calendar with hours on two days a week at least, and what happens to it in the month after a start."""
    shape = some.sampled_from(shapes)
    weekly = {day: draw(shape) for day in WEEK} | {day: draw(some.sampled_from(shapes[1:4])) for day in draw(some.sampled_from(PAIRS))}
    near = some.integers(-2, 30).map(lambda days: (start_at + timedelta(days=days)).date().isoformat())
    document = {
        "timezone": draw(some.sampled_from(ZONES)),
        "weekly": weekly,
        "holidays": draw(some.lists(near, max_size=3)),
        "date_hours": draw(some.dictionaries(near, shape, max_size=2)),
    }
    first = draw(some.sampled_from([None, None, None, 3]))
    return document if first is None else document | {"effective_from": (start_at + first * DAY).date().isoformat()}


PAIRS = (("mon", "thu"), ("tue", "sat"), ("wed", "sun"))
