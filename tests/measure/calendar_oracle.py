"""A slow, obvious oracle of calendars and windows: every minute is asked what a clock on the wall of its zone shows (R-BH1, R-TM3).

It reads a calendar as its writer wrote it and knows nothing of the calendars of production.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Document = Mapping[str, Any]  # weekly, holidays, date_hours, effective_from, effective_to as in a calendar file


@dataclass(frozen=True)
class Wall:
    """What a clock in a zone shows in each of some minutes after a start."""

    zone: str
    start_at: datetime
    shown: tuple[datetime, ...]
    first_pass: Mapping[datetime, int]

    def minute(self, wall: datetime) -> int:
        """Return the minute that a calendar means by a wall time: its first pass, and moved forward by the gap that skips it (E131)."""
        if wall in self.first_pass:
            return self.first_pass[wall]
        for before, after in zip(self.shown, self.shown[1:], strict=False):
            if before < wall < after:
                return self.first_pass[wall + (after - before - MINUTE)]
        raise LookupError(f"no minute shows {wall} in {self.zone}")

    def day_start(self, day: date) -> int:
        """Return the first minute of a local day; where a zone skips it, of the one after."""
        return next(minute for minute, shown in enumerate(self.shown) if shown.date() >= day)


@cache
def wall_of(zone: str, start_at: datetime, minutes: int) -> Wall:
    place = ZoneInfo(zone)
    shown = tuple((start_at + minute * MINUTE).astimezone(place).replace(tzinfo=None) for minute in range(minutes))
    first_pass: dict[datetime, int] = {}
    for minute, wall in enumerate(shown):
        first_pass.setdefault(wall, minute)
    return Wall(zone, start_at, shown, first_pass)


def hours_on(document: Document, day: date) -> list[tuple[int, int]]:
    """Return the hours that begin on a day, in minutes after its midnight; those that close next morning end beyond 24 h."""
    first, last = document.get("effective_from"), document.get("effective_to")
    if (first and day.isoformat() < first) or (last and day.isoformat() >= last):
        return []
    if day.isoformat() in document.get("date_hours", {}):
        spans = document["date_hours"][day.isoformat()]
    elif day.isoformat() in document.get("holidays", []):
        spans = []
    else:
        spans = document["weekly"].get(WEEK[day.weekday()], [])
    found = []
    for opens, closes in spans:
        start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (opens, closes))
        found.append((start, end if end > start else end + 24 * 60))
    return sorted(found)


@dataclass(frozen=True)
class Days:
    """A calendar minute by minute: `owners` says to which local day an open minute belongs, None where it is closed.

    The clock on the wall is read from `lead` minutes before the first of them.
    """

    document: Document
    wall: Wall
    lead: int
    owners: list[date | None] = field(repr=False)

    @property
    def is_open(self) -> list[bool]:
        return [owner is not None for owner in self.owners]

    def open_runs(self) -> tuple[tuple[int, int], ...]:
        """Return the open time as spans of minutes."""
        is_open = [False, *self.is_open, False]
        starts = [place - 1 for place in range(1, len(is_open)) if is_open[place] and not is_open[place - 1]]
        ends = [place - 1 for place in range(1, len(is_open)) if is_open[place - 1] and not is_open[place]]
        return tuple(zip(starts, ends, strict=True))

    def due_after(self, start: int, business_days: int, until: str) -> int:
        """Return the minute at which a target in business days is due (R-BH1, E129)."""
        opened = next(minute for minute in range(start, len(self.owners)) if self.owners[minute] is not None)
        day = self.owners[opened]
        assert day is not None
        midnight = datetime.combine(day, datetime.min.time())
        since_midnight = self.wall.shown[opened + self.lead] - midnight
        left = business_days
        while left:
            day += DAY
            left -= bool(hours_on(self.document, day))
        if until == "end_of_day":
            since_midnight = hours_on(self.document, day)[-1][1] * MINUTE
        return self.wall.minute(datetime.combine(day, datetime.min.time()) + since_midnight) - self.lead


def days_of(document: Document, start_at: datetime, minutes: int) -> Days:
    """Return a calendar from some instant on: days are laid out in turn, and a minute stays with the day that opened first."""
    early = start_at - 5 * DAY
    wall = wall_of(document["timezone"], early, minutes + 7 * 24 * 60)
    owners: list[date | None] = [None] * len(wall.shown)
    day = wall.shown[0].date() + DAY
    while day < wall.shown[-1].date() - DAY:
        for opens, closes in hours_on(document, day):
            midnight = datetime.combine(day, datetime.min.time())
            for minute in range(wall.minute(midnight + opens * MINUTE), wall.minute(midnight + closes * MINUTE)):
                owners[minute] = owners[minute] or day
        day += DAY
    lead = (start_at - early) // MINUTE
    return Days(document, wall, lead, owners[lead : lead + minutes])


def month_bounds(zone: str, year: int, month: int, day: int = 1) -> tuple[datetime, datetime]:
    """Return a month, or a billing cycle from a day of it, between local midnights; the day clamps to the last one (R-TM3, E116)."""
    starts = []
    for first in (date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)):
        last = max(one for one in (first + count * DAY for count in range(31)) if one.month == first.month)
        local_day = last.replace(day=min(day, last.day))
        near = datetime.combine(local_day, datetime.min.time(), UTC) - DAY
        starts.append(near + wall_of(zone, near, 3 * 24 * 60).day_start(local_day) * MINUTE)
    return starts[0], starts[1]
