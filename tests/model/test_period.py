"""Periods: names read and printed, bounds cut at the local midnights of a zone."""

from datetime import date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.model.errors import LedgerError
from tasks.model.period import Period

PERIODS = st.one_of(
    st.builds(Period, st.integers(1901, 2098), st.integers(1, 12)),
    st.builds(lambda year, number: Period.parse(f"{year}-Q{number}"), st.integers(1901, 2098), st.integers(1, 4)),
)


@pytest.mark.parametrize(
    ("name", "timezone", "start_at", "end_at", "minutes"),
    [
        pytest.param("2026-03", "Europe/Berlin", "2026-02-28T23:00Z", "2026-03-31T22:00Z", 44_580, id="E06 a spring month has 743 hours"),
        pytest.param("2026-10", "Europe/Berlin", "2026-09-30T22:00Z", "2026-10-31T23:00Z", 44_700, id="E07 an autumn month has 745 hours"),
        pytest.param("2026-10", "UTC", "2026-10-01T00:00Z", "2026-11-01T00:00Z", 44_640, id="UTC has 744"),
        pytest.param("2028-02", "UTC", "2028-02-01T00:00Z", "2028-03-01T00:00Z", 41_760, id="a leap February has 29 days"),
        pytest.param("2026-Q4", "Europe/Berlin", "2026-09-30T22:00Z", "2026-12-31T23:00Z", 132_540, id="a quarter ends in the next year"),
        pytest.param("2026-12", "Asia/Kolkata", "2026-11-30T18:30Z", "2026-12-31T18:30Z", 44_640, id="a zone of half an hour"),
    ],
)
def test_a_period_is_cut_at_local_midnights(name, timezone, start_at, end_at, minutes):
    bounds = Period.parse(name).bounds(timezone)
    assert bounds == (datetime.fromisoformat(start_at), datetime.fromisoformat(end_at))
    assert (bounds[1] - bounds[0]).total_seconds() == minutes * 60


@pytest.mark.parametrize(
    ("name", "previous", "following", "months"),
    [
        pytest.param("2026-01", "2025-12", "2026-02", ["2026-01"], id="the month before January is December"),
        pytest.param("2026-12", "2026-11", "2027-01", ["2026-12"], id="the month after December is January"),
        pytest.param("2026-Q1", "2025-Q4", "2026-Q2", ["2026-01", "2026-02", "2026-03"], id="the quarter before the first"),
        pytest.param("2026-Q4", "2026-Q3", "2027-Q1", ["2026-10", "2026-11", "2026-12"], id="the quarter after the fourth"),
    ],
)
def test_periods_follow_each_other(name, previous, following, months):
    period = Period.parse(name)
    assert period.previous().name == previous
    assert period.next().name == following
    assert [month.name for month in period.months()] == months


@pytest.mark.parametrize(
    ("name", "first", "last", "count"),
    [
        pytest.param("2026-10", "2025-11", "2026-10", 12, id="a month's strip ends with the month"),
        pytest.param("2026-Q1", "2025-04", "2026-03", 12, id="a quarter's with its last month"),
        pytest.param("2026-01", "2026-01", "2026-01", 1, id="one month is itself"),
    ],
)
def test_trailing_months_end_with_the_period(name, first, last, count):
    months = Period.parse(name).trailing_months(count)
    assert (months[0].name, months[-1].name, len(months)) == (first, last, count)
    assert all(month.next() == following for month, following in pairwise(months))


@pytest.mark.parametrize(
    "text",
    ["2026-13", "2026-00", "2026-Q5", "2026-Q0", "2026-q3", "2026", "26-10", "2026-1", "2026-10 ", "1899-12", "2100-01", "２０２６-10", ""],
)
def test_what_is_no_period_is_refused_with_the_forms_that_are(text):
    with pytest.raises(LedgerError, match="is no period") as caught:
        Period.parse(text, where="--period")
    assert "2026-10" in str(caught.value)
    assert "2026-Q4" in str(caught.value)


@pytest.mark.parametrize(
    ("day", "month", "quarter"),
    [(date(2026, 1, 1), "2026-01", "2026-Q1"), (date(2026, 9, 30), "2026-09", "2026-Q3"), (date(2026, 10, 1), "2026-10", "2026-Q4")],
)
def test_a_day_lies_in_one_month_and_quarter(day, month, quarter):
    assert Period.month_of(day).name == month
    assert Period.month_of(day).quarter().name == quarter


@given(PERIODS)
def test_names_are_read_back(period):
    assert Period.parse(period.name) == period


@given(PERIODS, st.sampled_from(["UTC", "Europe/Berlin", "America/Santiago", "Pacific/Apia"]))
def test_consecutive_periods_adjoin(period, timezone):
    assert period.bounds(timezone)[1] == period.next().bounds(timezone)[0]
    assert period.next().previous() == period
