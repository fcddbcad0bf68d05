"""Spans of days: their names, what was before, and which months and quarters lie in them."""

import pytest

from tasks.model.errors import LedgerError
from tasks.model.period import Period
from tasks.model.span import Span, judged_rows, spans_listed, window_rows


@pytest.mark.parametrize(
    ("first", "last", "name", "before", "inside"),
    [
        pytest.param("2026-10-01", "2026-10-31", "2026-10", "2026-09", ["2026-10"], id="the days of a month are the month"),
        pytest.param(
            "2026-07", "2026-09", "2026-Q3", "2026-Q2", ["2026-07", "2026-Q3", "2026-08", "2026-09"], id="three months may be a quarter"
        ),
        pytest.param("2026-Q3", "2026-Q3", "2026-Q3", "2026-Q2", ["2026-07", "2026-Q3", "2026-08", "2026-09"], id="a quarter"),
        pytest.param(
            "2026-06-02",
            "2026-07-31",
            "2026-06-02/2026-07-31",
            "2026-04-03/2026-06-01",
            ["2026-07"],
            id="as many days are before other days",
        ),
        pytest.param("2026-03-01", "2026-03-01", "2026-03-01/2026-03-01", "2026-02-28/2026-02-28", [], id="one day"),
    ],
)
def test_a_span_has_a_name_one_before_it_and_periods_inside(first: str, last: str, name: str, before: str, inside: list[str]) -> None:
    span = Span.parse(first, last)
    assert (span.name, span.previous().name) == (name, before)
    assert [period.name for period in span.periods()] == inside


@pytest.mark.parametrize(("first", "last"), [("2026-02-02", "2026-02-01"), ("soon", "2026-02-01"), ("1800-01-01", "2026-01-01")])
def test_what_is_no_span_is_refused(first: str, last: str) -> None:
    with pytest.raises(LedgerError):
        Span.parse(first, last)


def test_a_month_lists_itself_and_a_quarter_the_seven_before_it() -> None:
    assert [span.name for span in spans_listed(Period.parse("2026-10"))] == ["2026-10"]
    assert [span.name for span in spans_listed(Period.parse("2026-Q1"))][-1] == "2024-Q2"


def test_every_window_listed_has_the_one_before_it_and_days_are_cut_at_local_midnights() -> None:
    rows = window_rows(spans_listed(Period.parse("2026-10")), "Europe/Berlin")
    assert [(row["period"], row["previous_period"], row["is_listed"]) for row in rows] == [
        ("2026-09", None, False),
        ("2026-10", "2026-09", True),
    ]
    assert [row["start_at"].isoformat() for row in rows] == ["2026-08-31T22:00:00+00:00", "2026-09-30T22:00:00+00:00"]
    assert judged_rows(spans_listed(Period.parse("2026-10")))[0] == {"period": "2026-09", "judged_period": "2026-09"}
