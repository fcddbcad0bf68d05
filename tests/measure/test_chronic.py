"""Chronic clauses: repetition that gives a right, in the headline and if disputes count (R-CH1 to R-CH3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from tasks.measure.chronic import months_watched, triggers_of
from tasks.model.contract import Contract, resolve_contract
from tasks.model.period import Period
from tests.measure.estate import contract_text
from tests.measure.examples import Case, cases
from tests.measure.world import Row

CASES = [case for case in cases("status") if case.example_id in ("E84", "E85", "E86")]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
US = timedelta(microseconds=1)
SHOP = {"contract_id": "ACME", "contract_version_id": "ACME@1", "measure_id": "uptime", "service_id": "shop", "scope": "service"}


def clauses(*given: Mapping[str, Any], **more: Any) -> Contract:
    return resolve_contract(contract_text(chronic=[{"id": f"clause_{place}", **clause} for place, clause in enumerate(given)], **more))


def level(period: str, status: str = "met", *, pct: str | None = None, variant: str = "headline") -> Row:
    """Return what a month was judged; 99.95 % if met, 99.5 % if not."""
    value = Fraction(pct or ("99.95" if status == "met" else "99.5")) / 100
    start_at, end_at = Period.parse(period).bounds("UTC")
    window = {"period": period, "window_start_at": start_at, "window_end_at": end_at, "start_at": start_at, "is_provisional": False}
    named = {"result_id": f"{period} {variant}", "variant": variant, "status": status}
    return SHOP | window | named | {"value_num": value.numerator, "value_den": value.denominator}


def months(last: str, breached: Sequence[str], **columns: Any) -> list[Row]:
    """Return the twelve months that end with one, those named breached."""
    found, month = [], Period.parse(last)
    for _ in range(12):
        found.append(level(month.name, "breached" if month.name in breached else "met", **columns))
        month = month.previous()
    return found


def outage(start: str, end: str, *, variant: str = "headline", incident: str | None = None) -> Row:
    start_us, end_us = ((datetime.fromisoformat(instant) - EPOCH) // US for instant in (start, end))
    month_at = datetime.fromisoformat(start).replace(day=1, hour=0, minute=0)
    run = {"part_start_at": month_at, "start_us": start_us, "end_us": end_us, "counted_us": end_us - start_us}
    return SHOP | run | {"variant": variant, "incident_ids": [incident or start]}


def triggered(contract: Contract, levels: Sequence[Row], outages: Sequence[Row] = ()) -> dict[str, Row]:
    """Return by clause what the newest month makes of it."""
    newest = max(row["window_start_at"] for row in levels)
    current = [row for row in levels if row["window_start_at"] == newest]
    return {row["trigger_id"]: row for row in triggers_of([contract], levels, outages, current)}


def worked(given: Mapping[str, Any]) -> dict[str, Any]:
    contract = clauses(*given["chronic"])
    outages = [outage(*span) for span in given.get("outages", [])]
    last = given["breached"][-1] if "breached" in given else outages[-1]["part_start_at"].strftime("%Y-%m") if outages else "2026-06"
    levels = [level(last, pct=given["uptime_pct"])] if "uptime_pct" in given else months(last, given.get("breached", []))
    found = [row["triggered_at"] for row in triggered(contract, levels, outages).values() if row["triggered_at"] is not None]
    month = min(found).strftime("%Y-%m") if found and "breached" not in given else (min(found) - US).strftime("%Y-%m") if found else None
    return {"triggered": bool(found), "triggered_at": month}


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.example_id} {case.case}") for case in CASES])
def test_a_chronic_right_arises_as_worked_by_hand(case: Case) -> None:
    got = worked(case.given)
    assert {key: got[key] for key in case.expected} == case.expected


THREE = {"rule": "breaches_in_consecutive_windows", "n": 3, "right": "termination"}
DAY_OF_OUTAGES = {"rule": "aggregate_outage_longer_than", "hours": 24, "window": "calendar_month"}


def test_a_trigger_dates_from_the_window_in_which_it_became_true_and_says_until_when_it_may_be_used():
    """Breached since January: three in a row with the end of March, though May is looked at; thirty days later is 30 April."""
    contract = clauses(THREE, exercise={"notice_days_after_trigger": 30})
    row = triggered(contract, months("2026-05", ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"]))["clause_0"]
    assert row["triggered_at"] == datetime(2026, 4, 1, tzinfo=UTC)
    assert row["exercise_by_at"] == datetime(2026, 5, 1, tzinfo=UTC)
    assert (row["right_given"], row["rule"], row["observed"]) == ("termination", "3 breached windows in a row", "3 of 3 windows breached")
    assert row["subject_ids"] == ["2026-03 headline", "2026-04 headline", "2026-05 headline"]


def test_a_month_that_is_not_known_ends_a_row():
    levels = [row for row in months("2026-05", ["2026-02", "2026-03", "2026-05"]) if row["period"] != "2026-04"]
    assert triggered(clauses(THREE), levels)["clause_0"]["triggered_at"] is None


def test_both_columns_are_told():
    """May is met in the headline because of a dispute only: with disputes counted it is the third breach in a row."""
    levels = [*months("2026-05", ["2026-03", "2026-04"]), level("2026-05", "breached", variant="if_counted")]
    row = triggered(clauses(THREE), levels)["clause_0"]
    assert (row["is_headline"], row["is_if_counted"]) == (False, True)
    assert row["triggered_at"] == datetime(2026, 6, 1, tzinfo=UTC)


def test_an_outage_that_a_month_end_cuts_is_one():
    """20 minutes on either side of midnight are one outage of 40, longer than 30."""
    clause = {"rule": "outages_longer_than", "minutes": 30, "n": 1, "within_days": 30}
    halves = [outage("2026-05-31T23:40:00Z", "2026-06-01T00:00:00Z"), outage("2026-06-01T00:00:00Z", "2026-06-01T00:20:00Z")]
    assert triggered(clauses(clause), months("2026-05", []), halves)["clause_0"]["triggered_at"] == datetime(2026, 6, 1, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last_end", "triggered_at"),
    [
        pytest.param("2026-05-21T04:00:00Z", None, id="exactly 24 hours are not more"),
        pytest.param("2026-05-21T04:00:01Z", datetime(2026, 5, 21, 4, tzinfo=UTC), id="a second more is"),
    ],
)
def test_outages_of_a_month_add_up(last_end, triggered_at):
    spans = [outage("2026-05-10T00:00:00Z", "2026-05-10T20:00:00Z"), outage("2026-05-21T00:00:00Z", last_end)]
    assert triggered(clauses(DAY_OF_OUTAGES), months("2026-05", []), spans)["clause_0"]["triggered_at"] == triggered_at


def test_a_clause_about_one_measure_looks_at_no_other():
    contract = clauses(THREE | {"applies_to": "uptime"})
    other = [row | {"measure_id": "edge"} for row in months("2026-05", ["2026-03", "2026-04", "2026-05"])]
    assert triggered(contract, [*months("2026-05", []), *other])["clause_0"]["is_headline"] is False


@pytest.mark.parametrize(
    ("clause", "edge", "observed"),
    [
        pytest.param(DAY_OF_OUTAGES, "99.95", "100 min of outages", id="100 minutes are more than 9"),
        pytest.param({"rule": "uptime_below", "value": "99"}, "99.5", "uptime 99.500000 %", id="99.5 % is nearer to a floor than 99.95 %"),
    ],
)
def test_of_several_measures_the_one_that_comes_nearest_is_shown(clause, edge, observed):
    levels = [*months("2026-05", []), *(row | {"measure_id": "edge"} for row in months("2026-05", [], pct=edge))]
    short = outage("2026-05-10T00:00:00Z", "2026-05-10T00:09:00Z")
    long = outage("2026-05-11T00:00:00Z", "2026-05-11T01:40:00Z") | {"measure_id": "edge"}
    row = triggered(clauses(clause), levels, [short, long])["clause_0"]
    assert (row["triggered_at"], row["observed"]) == (None, observed)


def test_what_is_not_measured_does_not_hide_what_is():
    levels = [*months("2026-05", ["2026-05"]), level("2026-05") | {"measure_id": "edge", "is_provisional": True}]
    outages = [outage("2026-05-10T00:00:00Z", "2026-05-10T00:09:00Z") | {"measure_id": "edge"}]
    assert triggered(clauses(THREE), levels, outages)["clause_0"]["observed"] == "1 of 3 windows breached"


@pytest.mark.parametrize(
    ("terms", "months"),
    [
        pytest.param({}, 0, id="nothing looks back"),
        pytest.param({"chronic": [{"id": "a", "rule": "breaches_in_rolling_windows", "n": 3, "of": 6}]}, 6, id="three of six months"),
        pytest.param(
            {
                "clock": {"timezone": "UTC", "window": "calendar_quarter"},
                "chronic": [{"id": "a", "rule": "breaches_in_rolling_windows", "n": 3, "of": 6}],
            },
            18,
            id="three of six quarters",
        ),
        pytest.param(
            {"earn_back": {"months": 13, "condition": "each_at_or_above_target", "share_pct": "50"}}, 13, id="thirteen good months"
        ),
    ],
)
def test_a_run_looks_as_far_back_as_the_clauses_do(terms, months):
    assert months_watched([resolve_contract(contract_text(**terms))]) == months
