"""Calendars of service hours and business days: open spans, counted time and due instants, exact to the microsecond (R-BH1).

What a calendar's writer may get wrong is decided so: spans of one day that overlap are refused, spans that touch are one. Where the
hours of a day run past midnight into those of the next, the shared time belongs to the day that opened first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from tasks.model.errors import LedgerError
from tasks.model.form import Id, Strict, ZoneName, refused, shown
from tasks.model.zones import calendar_instant, local_wall

AROUND_THE_CLOCK = "24x7"  # what a contract says instead of a calendar's id
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIME_OF_DAY = re.compile(r"(?P<hour>[01]\d|2[0-4]):(?P<minute>[0-5]\d)", re.ASCII)
DAY_MIN = 24 * 60
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)
LOOK_BACK = 3 * DAY  # hours past midnight reach one day on and cut another's; a zone may skip a day
LOOK_AHEAD = 3660 * DAY  # no target or notice is longer: beyond it a calendar has too few hours


class Opening(NamedTuple):
    """Hours of one day in minutes after its midnight; `closes_min` beyond 1440 runs into the next day."""

    opens_min: int
    closes_min: int


class OpenSpan(NamedTuple):
    """Open time `[start_at, end_at)` in UTC and the local day it belongs to."""

    business_date: date
    start_at: datetime
    end_at: datetime


def _openings(value: Any) -> tuple[Opening, ...]:
    """Return a day's spans `[["09:00", "17:00"], ...]` in order, touching ones joined."""
    if not isinstance(value, list | tuple):
        raise refused("WRONG_TYPE", f"{shown(value)} is no list of spans", fix='write [["09:00", "17:00"]], or [] for a closed day')
    joined: list[Opening] = []
    for opening in sorted(_opening(span) for span in value):
        if joined and opening.opens_min < joined[-1].closes_min:
            at = f"{opening.opens_min // 60:02}:{opening.opens_min % 60:02}"
            raise refused("SPANS_OVERLAP", f"two spans of one day overlap at {at}", fix="write them as one span")
        if joined and opening.opens_min == joined[-1].closes_min:
            opening = Opening(joined.pop().opens_min, opening.closes_min)
        joined.append(opening)
    return tuple(joined)


def _opening(span: Any) -> Opening:
    if isinstance(span, Opening):
        return span
    if not isinstance(span, list | tuple) or len(span) != 2:
        raise refused("WRONG_FORM", f"{shown(span)} is no span of two times", fix='write a list of spans: [["09:00", "17:00"]]')
    opens_min, closes_min = (_minutes(text) for text in span)
    if opens_min == closes_min:
        fix = 'write ["00:00", "24:00"] for a whole day, [] for a closed one'
        raise refused("SPAN_EMPTY", f"a span opens and closes at {span[0]}", fix=fix)
    if opens_min == DAY_MIN:
        raise refused("WRONG_FORM", "a span opens at 24:00", fix='write it as "00:00" of the next day')
    return Opening(opens_min, closes_min if closes_min > opens_min else closes_min + DAY_MIN)


def _minutes(text: Any) -> int:
    found = TIME_OF_DAY.fullmatch(text) if isinstance(text, str) else None
    minutes = int(found["hour"]) * 60 + int(found["minute"]) if found else DAY_MIN + 1
    if minutes > DAY_MIN:
        raise refused("WRONG_FORM", f"{shown(text)} is no time of day", fix='write a quoted "HH:MM" from "00:00" to "24:00"')
    return minutes


Openings = Annotated[tuple[Opening, ...], BeforeValidator(_openings)]


class Calendar(Strict):
    """A calendar document (`schema: calendar/1`). Hours are wall times of `timezone`; a day left out of `weekly` is closed.

    `date_hours` replaces a day, a holiday too; `effective_from` and `effective_to` are local days, half-open, outside which all is closed.
    """

    schema_name: Literal["calendar/1"] = Field(alias="schema")
    id: Id
    timezone: ZoneName
    weekly: Mapping[Weekday, Openings]
    holidays: Annotated[tuple[date, ...], AfterValidator(lambda days: tuple(sorted(set(days))))] = ()
    date_hours: Mapping[date, Openings] = Field(default_factory=dict)
    effective_from: date | None = None
    effective_to: date | None = None

    @model_validator(mode="after")
    def _is_sound(self) -> Calendar:
        if self.id == AROUND_THE_CLOCK:
            raise refused("RESERVED_ID", f"'{self.id}' means every hour of every day and needs no calendar", fix="choose another id")
        if self.effective_from and self.effective_to and self.effective_to <= self.effective_from:
            what = f"effective_to {self.effective_to} is not after effective_from {self.effective_from}"
            raise refused("END_BEFORE_START", what, fix="state the day after the last one, or leave it out")
        return self

    def openings_on(self, day: date) -> tuple[Opening, ...]:
        """Return the hours that begin on a local day; none if it is closed."""
        if (self.effective_from and day < self.effective_from) or (self.effective_to and day >= self.effective_to):
            return ()
        if day in self.date_hours:
            return self.date_hours[day]
        return () if day in self.holidays else self.weekly.get(WEEKDAYS[day.weekday()], ())

    def is_business_day(self, day: date) -> bool:
        """Tell whether a date has hours (R-BH1)."""
        return bool(self.openings_on(day))


def open_spans(calendar: Calendar, start_at: datetime, end_at: datetime) -> list[OpenSpan]:
    """Return the open time within `[start_at, end_at)`: disjoint spans in order, clipped to it."""
    if end_at <= start_at:
        return []
    last_day = local_wall(calendar.timezone, end_at).date()
    spans = takewhile(lambda span: span.start_at < end_at, _spans_after(calendar, start_at, last_day))
    return [span._replace(end_at=min(span.end_at, end_at)) for span in spans]


def counted_us(calendar: Calendar | None, start_at: datetime, end_at: datetime) -> int:
    """Return how many microseconds of `[start_at, end_at)` the calendar counts; without one all of them."""
    if calendar is None:
        return max((end_at - start_at) // MICROSECOND, 0)
    return sum((span.end_at - span.start_at) // MICROSECOND for span in open_spans(calendar, start_at, end_at))


def due_at(calendar: Calendar | None, start_at: datetime, target_us: int) -> datetime:
    """Return the earliest instant at which the time counted since the start reaches the target (R-BH1, E42, E43).

    Args:
        calendar: The hours that count; None counts every hour.
        start_at: Start of the clock.
        target_us: Time allowed, not negative.

    Raises:
        LedgerError: If the calendar has not that much time within ten years.
    """
    if calendar is None or target_us == 0:
        return start_at + target_us * MICROSECOND
    left_us = target_us
    for span in _spans_after(calendar, start_at, _horizon(calendar, start_at)):
        length_us = (span.end_at - span.start_at) // MICROSECOND
        if length_us >= left_us:
            return span.start_at + left_us * MICROSECOND
        left_us -= length_us
    raise _too_few_hours(calendar, f"the last {left_us} µs of a target of {target_us} µs")


def due_after_business_days(
    calendar: Calendar, start_at: datetime, business_days: int, until: Literal["same_time", "end_of_day"]
) -> datetime:
    """Return the due instant of a target in business days: n of them after the day of the start, as R-BH1 says (E129).

    Args:
        calendar: Its days count; a start outside its hours begins at the next opening.
        start_at: Start of the clock.
        business_days: n, not negative.
        until: Due at the wall time of the (moved) start, or when that day closes.

    Raises:
        LedgerError: If the calendar has too few days within ten years.
    """
    opened = next(_spans_after(calendar, start_at, _horizon(calendar, start_at)), None)
    if opened is None:
        raise _too_few_hours(calendar, "the start of a target")
    day = add_business_days(calendar, opened.business_date, business_days)
    if until == "end_of_day":
        return calendar_instant(calendar.timezone, _wall(day, calendar.openings_on(day)[-1].closes_min))
    since_midnight = local_wall(calendar.timezone, opened.start_at) - _wall(opened.business_date, 0)
    return calendar_instant(calendar.timezone, _wall(day, 0) + since_midnight)


def add_business_days(calendar: Calendar, day: date, business_days: int) -> date:
    """Return the n-th date with hours after a day, or before it if n is negative; the day itself if n is 0.

    Raises:
        LedgerError: If ten years hold no such date.
    """
    step = DAY if business_days > 0 else -DAY
    for _ in range(abs(business_days)):
        day = next(_business_days(calendar, day, step))
    return day


def _business_days(calendar: Calendar, day: date, step: timedelta) -> Iterator[date]:
    for count in range(1, LOOK_AHEAD // DAY + 1):
        if calendar.is_business_day(day + count * step):
            yield day + count * step
    raise _too_few_hours(calendar, "a business day")


def _spans_after(calendar: Calendar, start_at: datetime, last_day: date) -> Iterator[OpenSpan]:
    """Yield disjoint open spans in order, from the start (inside a span: the rest of it) to those that begin on the last local day."""
    day = local_wall(calendar.timezone, start_at).date() - LOOK_BACK
    free_from = start_at  # time before it is not asked for, or belongs to a day that opened earlier
    while day <= last_day:
        for opening in calendar.openings_on(day):
            opens_at, closes_at = (calendar_instant(calendar.timezone, _wall(day, minutes)) for minutes in opening)
            opens_at = max(opens_at, free_from)
            if opens_at < closes_at:
                yield OpenSpan(day, opens_at, closes_at)
                free_from = closes_at
        day += DAY


def _wall(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time.min) + timedelta(minutes=minutes)


def _horizon(calendar: Calendar, start_at: datetime) -> date:
    return local_wall(calendar.timezone, start_at).date() + LOOK_AHEAD


def _too_few_hours(calendar: Calendar, missing: str) -> LedgerError:
    fix = "give the calendar hours, or extend its effective_to"
    return LedgerError(f"calendar '{calendar.id}' has no time for {missing} within ten years", where=f"calendar {calendar.id}", fix=fix)
