"""Open hours and business days of the calendars that clocks of incidents count by (R-BH1), as tables that SQL joins.

How far they must reach follows from the clocks themselves: from the earliest start to where the longest target of the latest one is due.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from tasks.model.calendar import AROUND_THE_CLOCK, LOOK_AHEAD, Calendar, add_business_days, due_at, open_spans
from tasks.model.errors import LedgerError
from tasks.model.instants import epoch_us, from_epoch_us
from tasks.model.zones import calendar_instant, local_wall
from tasks.store.engine import Engine

Row = dict[str, Any]
DAY = timedelta(days=1)
LEAD = timedelta(days=7)  # open time before the first clock, into which sensitivity moves a start
FIRST_US, LAST_US = -2_208_988_800_000_000, 7_258_118_400_000_000  # 1900 and 2200
HOUR_COLUMNS = {
    "calendar_id": "VARCHAR",
    "span_no": "BIGINT",
    "business_date": "DATE",
    "start_us": "BIGINT",
    "end_us": "BIGINT",
    "counted_before_us": "BIGINT",  # open time of the calendar before this span
}
DAY_COLUMNS = {"calendar_id": "VARCHAR", "business_date": "DATE", "day_no": "BIGINT", "closes_us": "BIGINT", "timezone": "VARCHAR"}
ASKED = """
    select
        calendar_id,
        min(start_us) as start_us,
        max(end_us) as end_us,
        max(target_us) as target_us,
        coalesce(max(business_days), 0) as business_days
    from (
        select service_hours as calendar_id, start_us, end_us, coalesce(stated_target_us, 0) as target_us, business_days
        from measured.clock_spans
        union all
        select day_calendar, start_us, end_us, 0 as target_us, business_days from measured.clock_spans where business_days is not null
    )
    group by calendar_id
    order by calendar_id
"""


def write_hours(engine: Engine, calendars: Mapping[str, Calendar]) -> None:
    """Create measured.clock_hours and measured.business_days for the clocks in measured.clock_spans."""
    hours: list[Row] = [{"calendar_id": AROUND_THE_CLOCK, "span_no": 0, "start_us": FIRST_US, "end_us": LAST_US, "counted_before_us": 0}]
    days: list[Row] = []
    for asked in engine.rows(ASKED):
        if asked["calendar_id"] != AROUND_THE_CLOCK:
            calendar = calendars[asked["calendar_id"]]
            start_at, end_at = from_epoch_us(asked["start_us"]), _horizon(calendar, asked)
            hours.extend(_hours(calendar, start_at - LEAD, end_at))
            days.extend(_days(calendar, start_at, end_at))
    engine.create("measured.clock_hours", HOUR_COLUMNS, hours)
    engine.create("measured.business_days", DAY_COLUMNS, days)


def _horizon(calendar: Calendar, asked: Row) -> datetime:
    """Return where the calendar may end: every target is reached before; ten years on if it has not that much time."""
    last_at = from_epoch_us(asked["end_us"])
    try:
        reached_at = due_at(calendar, last_at, asked["target_us"])
        # three times the days and a few: a pause may push a target in business days on by as much time as has gone by
        day = add_business_days(calendar, local_wall(calendar.timezone, last_at).date(), 3 * asked["business_days"] + 5)
    except LedgerError:
        return last_at + LOOK_AHEAD
    return max(reached_at, calendar_instant(calendar.timezone, datetime.combine(day, time.min))) + DAY


def _hours(calendar: Calendar, start_at: datetime, end_at: datetime) -> Iterator[Row]:
    counted_us = 0
    for span_no, span in enumerate(open_spans(calendar, start_at, end_at)):
        start_us, end_us = epoch_us(span.start_at), epoch_us(span.end_at)
        yield {
            "calendar_id": calendar.id,
            "span_no": span_no,
            "business_date": span.business_date,
            "start_us": start_us,
            "end_us": end_us,
            "counted_before_us": counted_us,
        }
        counted_us += end_us - start_us


def _days(calendar: Calendar, start_at: datetime, end_at: datetime) -> Iterator[Row]:
    first, last = (local_wall(calendar.timezone, instant).date() for instant in (start_at, end_at))
    days = [day for day in _dates(first - DAY, last + DAY) if calendar.is_business_day(day)]
    for day_no, day in enumerate(days):
        midnight = datetime.combine(day, time.min)
        closes_at = calendar_instant(calendar.timezone, midnight + timedelta(minutes=calendar.openings_on(day)[-1].closes_min))
        yield {
            "calendar_id": calendar.id,
            "business_date": day,
            "day_no": day_no,
            "closes_us": epoch_us(closes_at),
            "timezone": calendar.timezone,
        }


def _dates(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY
