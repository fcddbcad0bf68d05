"""Windows: where a contract cuts time, which month lists them, how versions divide them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.model.contract import Clock, Contract, resolve_contract
from tasks.model.period import Period
from tasks.model.window import Window, listed_parts, listed_window, window_containing

MONTHS = st.builds(Period, st.integers(1990, 2090), st.integers(1, 12))
CLOCKS = st.builds(
    lambda timezone, window, anchor: Clock(timezone=timezone, window=window, billing_anchor_day=anchor),
    st.sampled_from(["UTC", "Europe/Berlin", "America/Santiago", "Pacific/Apia"]),
    st.sampled_from(["calendar_month", "calendar_quarter", "billing_cycle"]),
    st.integers(1, 31),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def clock(window="calendar_month", timezone="UTC", anchor=1) -> Clock:
    return Clock.model_validate({"timezone": timezone, "window": window, "billing_anchor_day": anchor})


def version(number: int, start: str, end: str | None = None, *, contract_id: str = "ACME", switch: str = "split", **own) -> Contract:
    return resolve_contract(
        {
            "schema": "sla-contract/1",
            "contract_id": contract_id,
            "provider": {"id": "acme", "name": "Acme"},
            "document": {"title": "Terms", "verification": "exact"},
            "version": {"number": number, "effective_from": start, "effective_to": end, "mid_window_switch": switch},
            "clock": own,
            "measures": {"uptime": {"kind": "availability", "target": "99.9"}},
        }
    )


@pytest.mark.parametrize(
    ("rule", "month", "name", "start_at", "end_at"),
    [
        pytest.param(clock(timezone="Europe/Berlin"), "2026-10", "2026-10", "2026-09-30T22:00", "2026-10-31T23:00", id="E07 a month"),
        pytest.param(clock("calendar_quarter"), "2026-09", "2026-Q3", "2026-07-01", "2026-10-01", id="a quarter in its last month"),
        pytest.param(clock("billing_cycle"), "2026-10", "2026-10", "2026-10-01", "2026-11-01", id="a cycle that is a month"),
        pytest.param(clock("billing_cycle", anchor=15), "2026-10", "2026-09", "2026-09-15", "2026-10-15", id="named by its first month"),
        pytest.param(clock("billing_cycle", anchor=31), "2026-03", "2026-02", "2026-02-28", "2026-03-31", id="E116 clamped to 28 February"),
        pytest.param(clock("billing_cycle", anchor=31), "2028-03", "2028-02", "2028-02-29", "2028-03-31", id="and to 29 in a leap year"),
        pytest.param(
            clock("billing_cycle", "Europe/Berlin", 2),
            "2026-01",
            "2025-12",
            "2025-12-01T23:00",
            "2026-01-01T23:00",
            id="a cycle across the year, cut at local midnights",
        ),
        pytest.param(
            clock({"kind": "rolling_days", "days": 30}, "Europe/Berlin"),
            "2026-10",
            "2026-10",
            "2026-10-01T22:00",
            "2026-10-31T23:00",
            id="the thirty local days that end with the month",
        ),
    ],
)
def test_a_month_lists_the_window_that_ends_in_it(rule, month, name, start_at, end_at):
    assert listed_window(rule, Period.parse(month)) == Window(name, utc(start_at), utc(end_at))


@pytest.mark.parametrize("month", ["2026-07", "2026-08", "2026-10"])
def test_a_month_that_ends_no_quarter_lists_none(month):
    assert listed_window(clock("calendar_quarter"), Period.parse(month)) is None


@pytest.mark.parametrize(
    ("rule", "instant", "start_at", "end_at"),
    [
        pytest.param(clock("billing_cycle", anchor=31), "2026-02-28T12:00", "2026-02-28", "2026-03-31", id="E116 on the clamped anchor"),
        pytest.param(clock("billing_cycle", anchor=31), "2026-02-27T12:00", "2026-01-31", "2026-02-28", id="E116 the day before it"),
        pytest.param(clock(timezone="Europe/Berlin"), "2026-09-30T22:00", "2026-09-30T22:00", "2026-10-31T23:00", id="local midnight"),
        pytest.param(clock("calendar_quarter"), "2026-08-15T00:00", "2026-07-01", "2026-10-01", id="inside a quarter"),
    ],
)
def test_an_instant_lies_in_one_window(rule, instant, start_at, end_at):
    window = window_containing(rule, utc(instant))
    assert (window.start_at, window.end_at) == (utc(start_at), utc(end_at))


def test_an_instant_lies_in_several_rolling_windows():
    with pytest.raises(ValueError, match="overlap"):
        window_containing(clock({"kind": "rolling_days", "days": 30}), utc("2026-10-01"))


@pytest.mark.parametrize(
    ("start_at", "end_at", "part"),
    [
        pytest.param(None, None, ("2026-06-01", "2026-07-01"), id="no ends leave the whole window"),
        pytest.param("2026-01-01", "2026-06-16", ("2026-06-01", "2026-06-16"), id="a span that ends inside leaves the first part"),
        pytest.param("2026-06-16", None, ("2026-06-16", "2026-07-01"), id="a span that begins inside leaves the last part"),
        pytest.param("2026-07-01", None, None, id="a span that begins where the window ends leaves nothing"),
        pytest.param("2026-01-01", "2026-06-01", None, id="a span that ends where the window begins leaves nothing"),
    ],
)
def test_a_span_cuts_a_part_out_of_a_window(start_at, end_at, part):
    window = Window("2026-06", utc("2026-06-01"), utc("2026-07-01"))
    found = window.clipped(utc(start_at) if start_at else None, utc(end_at) if end_at else None)
    assert found == (part and tuple(utc(edge) for edge in part))


@pytest.mark.parametrize(
    ("versions", "month", "parts"),
    [
        pytest.param(
            [version(1, "2026-01-01", "2026-06-16"), version(2, "2026-06-16")],
            "2026-06",
            [("ACME@1", "2026-06", "2026-06-01", "2026-06-16"), ("ACME@2", "2026-06", "2026-06-16", "2026-07-01")],
            id="E88 an amendment splits the month",
        ),
        pytest.param(
            [version(1, "2026-01-01", "2026-06-16"), version(2, "2026-06-16", switch="version_at_window_start")],
            "2026-06",
            [("ACME@1", "2026-06", "2026-06-01", "2026-07-01")],
            id="E88 unless it says that the version at the start judges the whole",
        ),
        pytest.param(
            [version(2, "2026-06-16", switch="version_at_window_end"), version(1, "2026-01-01", "2026-06-16")],
            "2026-06",
            [("ACME@2", "2026-06", "2026-06-01", "2026-07-01")],
            id="E88 or the version at the end, in whatever order the files are read",
        ),
        pytest.param(
            [version(1, "2026-01-01", "2026-06-01"), version(2, "2026-06-01")],
            "2026-06",
            [("ACME@2", "2026-06", "2026-06-01", "2026-07-01")],
            id="a version that ended where the window begins has no part",
        ),
        pytest.param(
            [version(1, "2026-06-10", "2026-06-20")],
            "2026-06",
            [("ACME@1", "2026-06", "2026-06-10", "2026-06-20")],
            id="a contract that begins and ends inside the window has that part",
        ),
        pytest.param([version(1, "2026-07-01")], "2026-06", [], id="a contract not yet in force has none"),
        pytest.param(
            [version(1, "2026-01-01", contract_id="B"), version(1, "2026-01-01", contract_id="A")],
            "2026-06",
            [("A@1", "2026-06", "2026-06-01", "2026-07-01"), ("B@1", "2026-06", "2026-06-01", "2026-07-01")],
            id="other contracts do not divide a window",
        ),
        pytest.param(
            [version(1, "2026-01-01", "2026-06-16", timezone="Europe/Berlin"), version(2, "2026-06-15T22:00:00Z", timezone="UTC")],
            "2026-06",
            [("ACME@1", "2026-06", "2026-05-31T22:00", "2026-06-15T22:00"), ("ACME@2", "2026-06", "2026-06-15T22:00", "2026-07-01")],
            id="versions in two zones each cut their own window",
        ),
        pytest.param(
            [version(1, "2026-01-01", "2026-08-15", window="calendar_quarter"), version(2, "2026-08-15", window="calendar_quarter")],
            "2026-Q3",
            [("ACME@1", "2026-Q3", "2026-07-01", "2026-08-15"), ("ACME@2", "2026-Q3", "2026-08-15", "2026-10-01")],
            id="the months of a quarter list their windows once",
        ),
    ],
)
def test_versions_divide_the_windows_of_their_contract(versions, month, parts):
    found = [
        (part.contract.contract_version_id, part.window.name, part.start_at, part.end_at)
        for part in listed_parts(versions, Period.parse(month).months())
    ]
    assert found == [(version_id, name, utc(start_at), utc(end_at)) for version_id, name, start_at, end_at in parts]


@given(CLOCKS.filter(lambda rule: rule.window != "calendar_quarter"), MONTHS)
def test_windows_of_consecutive_months_adjoin(rule, month):
    window, following = listed_window(rule, month), listed_window(rule, month.next())
    assert window.end_at == following.start_at
    assert window.start_at < window.end_at


@given(CLOCKS, MONTHS)
def test_the_window_of_its_first_and_last_instant_is_the_listed_one(rule, month):
    window = listed_window(rule, month)
    if window is not None:
        assert window_containing(rule, window.start_at) == window
        assert window_containing(rule, window.end_at - timedelta(microseconds=1)) == window


@given(MONTHS)
def test_twelve_months_list_four_quarters_that_adjoin(month):
    months = [month]
    while len(months) < 12:
        months.append(months[-1].next())
    listed = [window for window in (listed_window(clock("calendar_quarter", "Europe/Berlin"), each) for each in months) if window]
    assert len(listed) == 4
    assert all(before.end_at == after.start_at for before, after in pairwise(listed))
