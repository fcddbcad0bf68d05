"""Calendars: hours read as written, open time across nights, holidays and clock changes, due instants (R-BH1)."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.model.calendar import (
    WEEKDAYS,
    Calendar,
    add_business_days,
    counted_us,
    due_after_business_days,
    due_at,
    open_spans,
)
from tasks.model.errors import FaultsError, LedgerError
from tasks.model.form import read

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
UK_HOLIDAYS = ["2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28"]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def calendar(**body) -> Calendar:
    return Calendar.model_validate({"schema": "calendar/1", "id": "test", "timezone": "UTC", "weekly": {}} | body)


def week(opens: str, closes: str, days: int = 7) -> dict:
    return {day: [[opens, closes]] for day in WEEKDAYS[:days]}


OFFICE = week("09:00", "17:00", days=5)
LONDON = calendar(timezone="Europe/London", weekly=OFFICE, holidays=UK_HOLIDAYS)
NIGHT = calendar(weekly={"fri": [["22:00", "06:00"]], "sat": [["05:00", "08:00"]]})


@pytest.mark.parametrize(
    ("service_hours", "reported_at", "target_h", "due"),
    [
        pytest.param(LONDON, "2026-06-05T14:00", 8, "2026-06-08T14:00", id="E42 from Friday 15:00 local into Monday"),
        pytest.param(None, "2026-06-05T14:00", 8, "2026-06-05T22:00", id="E42 by the clock"),
        pytest.param(LONDON, "2026-08-28T15:00", 4, "2026-09-01T11:00", id="E43 across the bank holiday"),
        pytest.param(None, "2026-08-28T15:00", 4, "2026-08-28T19:00", id="E43 by the clock"),
        pytest.param(LONDON, "2026-06-05T14:00", 2, "2026-06-05T16:00", id="reached at closing is due at closing, not at the next opening"),
        pytest.param(LONDON, "2026-06-05T16:00", 1, "2026-06-08T09:00", id="a start at closing begins at the next opening"),
        pytest.param(LONDON, "2026-06-06T10:00", 8, "2026-06-08T16:00", id="a start on Saturday begins on Monday"),
        pytest.param(NIGHT, "2026-06-06T05:30", 1, "2026-06-06T06:30", id="hours past midnight and those of the day after count once"),
        pytest.param(LONDON, "2026-06-06T10:00", 0, "2026-06-06T10:00", id="no time allowed is due at once"),
    ],
)
def test_due_is_the_earliest_instant_at_which_the_counted_time_reaches_the_target(service_hours, reported_at, target_h, due):
    assert due_at(service_hours, utc(reported_at), target_h * HOUR_US) == utc(due)


@pytest.mark.parametrize(
    ("reported_at", "n", "until", "due"),
    [
        pytest.param("2026-06-05T15:00", 2, "same_time", "2026-06-09T15:00", id="E129 Friday 16:00 local is due Tuesday 16:00"),
        pytest.param("2026-06-05T15:00", 2, "end_of_day", "2026-06-09T16:00", id="E129 or when Tuesday closes"),
        pytest.param("2026-06-06T10:00", 2, "same_time", "2026-06-10T08:00", id="E129 Saturday counts as Monday's opening"),
        pytest.param("2026-08-28T15:00", 1, "same_time", "2026-09-01T15:00", id="a bank holiday is no business day"),
        pytest.param("2026-10-23T15:00", 1, "same_time", "2026-10-26T16:00", id="the same wall time after the clock change"),
        pytest.param("2026-06-05T15:00", 0, "end_of_day", "2026-06-05T16:00", id="no days: that day's closing"),
    ],
)
def test_business_days_are_counted_after_the_day_of_the_start(reported_at, n, until, due):
    assert due_after_business_days(LONDON, utc(reported_at), n, until) == utc(due)


def test_a_start_after_midnight_belongs_to_the_business_day_that_opened_before_it():
    night = calendar(weekly=week("22:00", "06:00"))
    assert due_after_business_days(night, utc("2026-06-02T02:00"), 1, "same_time") == utc("2026-06-03T02:00")
    assert due_after_business_days(night, utc("2026-06-02T02:00"), 1, "end_of_day") == utc("2026-06-03T06:00")


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        pytest.param(date(2026, 6, 5), 1, date(2026, 6, 8), id="Friday to Monday"),
        pytest.param(date(2026, 6, 6), 1, date(2026, 6, 8), id="Saturday to Monday"),
        pytest.param(date(2026, 9, 1), -1, date(2026, 8, 28), id="back across a bank holiday"),
        pytest.param(date(2026, 6, 6), 0, date(2026, 6, 6), id="none is the day itself"),
        pytest.param(date(2026, 12, 24), 3, date(2026, 12, 31), id="Christmas and its substitute day"),
    ],
)
def test_business_days_are_dates_with_hours(day, n, expected):
    assert add_business_days(LONDON, day, n) == expected


@pytest.mark.parametrize(
    ("body", "start_at", "end_at", "spans"),
    [
        pytest.param(
            {"weekly": {"fri": [["22:00", "06:00"]], "sat": [["05:00", "08:00"]]}},
            "2026-06-05T00:00",
            "2026-06-07T00:00",
            [("2026-06-05", "2026-06-05T22:00", "2026-06-06T06:00"), ("2026-06-06", "2026-06-06T06:00", "2026-06-06T08:00")],
            id="shared time belongs to the day that opened first",
        ),
        pytest.param(
            {"weekly": {"fri": [["22:00", "06:00"]]}},
            "2026-06-06T00:00",
            "2026-06-06T12:00",
            [("2026-06-05", "2026-06-06T00:00", "2026-06-06T06:00")],
            id="a night begun before the asked span is clipped and keeps its day",
        ),
        pytest.param(
            {"weekly": {"mon": [["00:00", "24:00"]], "tue": [["00:00", "24:00"]]}},
            "2026-06-01T12:00",
            "2026-06-02T12:00",
            [("2026-06-01", "2026-06-01T12:00", "2026-06-02T00:00"), ("2026-06-02", "2026-06-02T00:00", "2026-06-02T12:00")],
            id="24:00 is the next midnight",
        ),
        pytest.param(
            {"weekly": {"mon": [["13:00", "17:00"], ["09:00", "12:00"], ["12:00", "13:00"]]}},
            "2026-06-01T00:00",
            "2026-06-02T00:00",
            [("2026-06-01", "2026-06-01T09:00", "2026-06-01T17:00")],
            id="spans that touch are one, in any order",
        ),
        pytest.param(
            {"weekly": OFFICE, "holidays": ["2026-06-01"], "date_hours": {"2026-06-02": [["10:00", "12:00"]], "2026-06-03": []}},
            "2026-06-01T00:00",
            "2026-06-04T00:00",
            [("2026-06-02", "2026-06-02T10:00", "2026-06-02T12:00")],
            id="a holiday is closed and hours of a date replace its weekday's",
        ),
        pytest.param(
            {"weekly": OFFICE, "holidays": ["2026-06-01"], "date_hours": {"2026-06-01": [["10:00", "12:00"]]}},
            "2026-06-01T00:00",
            "2026-06-02T00:00",
            [("2026-06-01", "2026-06-01T10:00", "2026-06-01T12:00")],
            id="hours of a date open a holiday",
        ),
        pytest.param(
            {"weekly": {"sun": [["02:30", "04:00"]]}, "timezone": "Europe/Berlin"},
            "2026-03-29T00:00",
            "2026-03-30T00:00",
            [("2026-03-29", "2026-03-29T01:30", "2026-03-29T02:00")],
            id="E131 an opening inside the gap moves forward by its length",
        ),
        pytest.param(
            {"weekly": {"sun": [["02:30", "04:00"]]}, "timezone": "Europe/Berlin"},
            "2026-10-25T00:00",
            "2026-10-26T00:00",
            [("2026-10-25", "2026-10-25T00:30", "2026-10-25T03:00")],
            id="E131 an opening inside the overlap is the first pass, so the span has an hour more",
        ),
        pytest.param(
            {"weekly": {"sun": [["02:30", "03:15"]]}, "timezone": "Europe/Berlin"},
            "2026-03-29T00:00",
            "2026-03-30T00:00",
            [],
            id="a span that the gap turns around is empty",
        ),
        pytest.param(
            {"weekly": OFFICE, "effective_from": "2026-06-02", "effective_to": "2026-06-03"},
            "2026-06-01T00:00",
            "2026-06-05T00:00",
            [("2026-06-02", "2026-06-02T09:00", "2026-06-02T17:00")],
            id="outside its effective days all is closed",
        ),
        pytest.param({"weekly": OFFICE}, "2026-06-02T00:00", "2026-06-01T00:00", [], id="a span that ends before it starts holds nothing"),
        pytest.param({"weekly": OFFICE}, "2026-06-01T17:00", "2026-06-02T09:00", [], id="a span between closing and opening holds nothing"),
        pytest.param(
            {"weekly": week("00:00", "24:00"), "timezone": "Pacific/Apia"},
            "2011-12-30T00:00",
            "2011-12-30T12:00",
            [("2011-12-29", "2011-12-30T00:00", "2011-12-30T10:00"), ("2011-12-31", "2011-12-30T10:00", "2011-12-30T12:00")],
            id="a skipped day holds nothing",
        ),
    ],
)
def test_open_spans_are_worked_by_hand(body, start_at, end_at, spans):
    expected = [(date.fromisoformat(day), utc(opens), utc(closes)) for day, opens, closes in spans]
    assert open_spans(calendar(**body), utc(start_at), utc(end_at)) == expected


def test_agreed_time_of_a_business_month_is_the_sum_of_its_days():  # E44: 22 days of 12 hours
    hours = calendar(weekly=week("08:00", "20:00", days=5))
    assert counted_us(hours, utc("2026-06-01T00:00"), utc("2026-07-01T00:00")) == 15_840 * MINUTE_US
    assert counted_us(hours, utc("2026-06-12T19:30"), utc("2026-06-13T01:30")) == 30 * MINUTE_US
    assert counted_us(None, utc("2026-06-12T19:30"), utc("2026-06-13T01:30")) == 360 * MINUTE_US


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param({"weekly": {"mon": [["09:00", "09:00"]]}}, "opens and closes at 09:00", id="equal start and end"),
        pytest.param({"weekly": {"mon": [["09:00", "12:00"], ["11:00", "17:00"]]}}, "overlap at 11:00", id="overlapping spans of a day"),
        pytest.param({"weekly": {"mon": [["24:00", "06:00"]]}}, "opens at 24:00", id="an opening at 24:00"),
        pytest.param({"weekly": {"mon": [["09:00", "24:30"]]}}, "no time of day", id="a time after 24:00"),
        pytest.param({"weekly": {"mon": [["9:00", "17:00"]]}}, "no time of day", id="an hour of one digit"),
        pytest.param({"weekly": {"mon": [["09:00", 1020]]}}, "quoted", id="17:00 without quotes is the number 1020 in YAML"),
        pytest.param({"weekly": {"mon": ["09:00", "17:00"]}}, "no span of two times", id="a day that is one span instead of a list"),
        pytest.param({"weekly": {"mon": "09:00-17:00"}}, "is no list of spans", id="a day that is a word"),
        pytest.param({"weekly": {"monday": []}}, "weekly.monday", id="an unknown weekday"),
        pytest.param({"timezone": "Europe/Berln"}, "did you mean 'Europe/Berlin'", id="an unknown zone"),
        pytest.param({"holiday": []}, "no key 'holiday'; did you mean 'holidays'", id="an unknown key"),
        pytest.param({"schema": "calendar/2"}, "calendar/1", id="another schema"),
        pytest.param({"id": "24x7"}, "every hour of every day", id="the id that needs no calendar"),
        pytest.param({"effective_from": "2026-06-01", "effective_to": "2026-06-01"}, "not after", id="an empty effective span"),
    ],
)
def test_a_calendar_that_cannot_be_meant_is_refused_in_words(body, words):
    with pytest.raises(FaultsError, match=words):
        read(Calendar, {"schema": "calendar/1", "id": "test", "timezone": "UTC", "weekly": {}} | body)


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda closed: due_at(closed, utc("2026-06-01T00:00"), 1), id="a target"),
        pytest.param(lambda closed: due_after_business_days(closed, utc("2026-06-01T00:00"), 1, "same_time"), id="a target in days"),
        pytest.param(lambda closed: add_business_days(closed, date(2026, 6, 1), 1), id="a notice"),
    ],
)
def test_a_calendar_without_enough_time_says_so_instead_of_running_on(ask):
    with pytest.raises(LedgerError, match="calendar 'test' has no time for"):
        ask(calendar())


MINUTES = st.integers(0, 1440).map(lambda minutes: f"{minutes // 60:02}:{minutes % 60:02}")
SPANS = st.tuples(MINUTES, MINUTES).filter(lambda span: span[0] not in (span[1], "24:00")).map(list)
CALENDARS = st.builds(
    lambda weekly, timezone, holidays: calendar(weekly=weekly, timezone=timezone, holidays=holidays),
    st.dictionaries(st.sampled_from(WEEKDAYS), st.lists(SPANS, min_size=1, max_size=1), min_size=1),
    st.sampled_from(["UTC", "Europe/Berlin", "America/Santiago"]),
    st.lists(st.dates(date(2026, 3, 20), date(2026, 4, 10))),
)
INSTANTS = st.datetimes(datetime(2026, 3, 20), datetime(2026, 4, 10)).map(lambda moment: moment.replace(tzinfo=UTC))


@given(CALENDARS, INSTANTS, st.integers(0, 20 * 24 * 60))
def test_open_spans_lie_in_the_asked_span_in_order_and_never_overlap(hours, start_at, minutes):
    end_at = start_at + timedelta(minutes=minutes)
    spans = open_spans(hours, start_at, end_at)
    assert all(start_at <= span.start_at < span.end_at <= end_at for span in spans)
    assert all(before.end_at <= after.start_at for before, after in pairwise(spans))


@given(CALENDARS, st.lists(INSTANTS, min_size=3, max_size=3).map(sorted))
def test_counted_time_adds_up_wherever_it_is_cut(hours, instants):
    first, middle, last = instants
    assert counted_us(hours, first, last) == counted_us(hours, first, middle) + counted_us(hours, middle, last)


@given(CALENDARS.filter(lambda hours: hours.timezone == "UTC"), INSTANTS)
def test_an_instant_is_open_exactly_if_hours_of_its_day_or_the_day_before_cover_it(hours, instant):
    midnight = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    since_us = [(instant - midnight) // timedelta(microseconds=1) + days * 24 * HOUR_US for days in (0, 1)]
    days = [instant.date(), instant.date() - timedelta(days=1)]
    expected = any(
        opens * MINUTE_US <= at_us < closes * MINUTE_US
        for day, at_us in zip(days, since_us, strict=True)
        for opens, closes in hours.openings_on(day)
    )
    assert bool(open_spans(hours, instant, instant + timedelta(microseconds=1))) == expected


@given(CALENDARS, INSTANTS, st.integers(1, 10 * HOUR_US))
def test_due_is_reached_exactly_and_not_a_microsecond_earlier(hours, start_at, target_us):
    due = due_at(hours, start_at, target_us)
    assert counted_us(hours, start_at, due) == target_us
    assert counted_us(hours, start_at, due - timedelta(microseconds=1)) == target_us - 1
