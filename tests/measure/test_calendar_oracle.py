"""Calendars and windows of production against a slow oracle that reads the clock on the wall minute by minute."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tasks.model.calendar import due_after_business_days, open_spans
from tasks.model.contract import Clock
from tasks.model.period import Period
from tasks.model.window import listed_window
from tests.depth import dear
from tests.measure.calendar_oracle import MINUTE, Document, days_of, month_bounds
from tests.measure.estate import make_calendar
from tests.measure.made_calendars import STARTS, ZONES, calendars

pytestmark = pytest.mark.oracle
LENGTH = 40 * 24 * 60
LATEST_START = 12 * 24 * 60


@some.composite
def cases(draw: Any) -> tuple[datetime, Document, int, int, str]:
    start_at = draw(some.sampled_from(STARTS))
    document = draw(calendars(start_at))
    until = draw(some.sampled_from(["same_time", "end_of_day"]))
    return start_at, document, draw(some.integers(0, LATEST_START)), draw(some.integers(1, 4)), until


@dear(25)
@given(cases())
def test_every_minute_is_open_or_closed_and_belongs_to_the_day_that_the_oracle_says(case: tuple[datetime, Document, int, int, str]) -> None:
    start_at, document, start, count, until = case
    days = days_of(document, start_at, LENGTH)
    calendar = make_calendar("made", document)
    owners: list[date | None] = [None] * LENGTH
    for span in open_spans(calendar, start_at, start_at + LENGTH * MINUTE):
        first, last = ((instant - start_at) // MINUTE for instant in (span.start_at, span.end_at))
        owners[first:last] = [span.business_date] * (last - first)
    assert owners == days.owners
    due = due_after_business_days(calendar, start_at + start * MINUTE, count, until)  # type: ignore[arg-type]
    assert due == start_at + days.due_after(start, count, until) * MINUTE


@dear(10)
@given(some.sampled_from(ZONES), some.integers(2024, 2026), some.integers(1, 11), some.integers(1, 31))
def test_months_and_billing_cycles_begin_and_end_with_local_days(zone: str, year: int, month: int, anchor: int) -> None:
    listing = Period.parse(f"{year}-{month + (anchor > 1):02}")
    cycle = listed_window(Clock(timezone=zone, window="billing_cycle", billing_anchor_day=anchor), listing)
    assert cycle is not None
    assert (cycle.start_at, cycle.end_at) == month_bounds(zone, year, month, anchor)
    assert Period.parse(f"{year}-{month:02}").bounds(zone) == month_bounds(zone, year, month)
