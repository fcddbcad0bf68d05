"""Worked examples of form calendar: windows, wall times of sources and of calendars, by the functions that production calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from tasks.model.contract import Clock
from tasks.model.period import Period
from tasks.model.window import window_containing
from tasks.model.zones import calendar_instant, resolve_wall
from tests.measure.examples import Case, cases, number

US = timedelta(microseconds=1)


def bounds(window: Mapping[str, Any]) -> tuple[datetime, datetime]:
    if "period" in window:
        return Period.parse(window["period"]).bounds(window["zone"])
    if "billing_cycle_containing" in window:
        clock = Clock(timezone=window["zone"], window="billing_cycle", billing_anchor_day=window["anchor_day"])
        found = window_containing(clock, datetime.fromisoformat(window["billing_cycle_containing"]))
        return found.start_at, found.end_at
    return datetime.fromisoformat(window["start"]), datetime.fromisoformat(window["end"])


def text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def worked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what production says of an example."""
    if "raw" in given:
        candidates = resolve_wall(given["zone"], datetime.fromisoformat(given["raw"]))
        issue = {0: "NONEXISTENT_LOCAL_TIME", 1: None}.get(len(candidates), "AMBIGUOUS_LOCAL_TIME")
        return {
            "issue": issue,
            "candidates_utc": [text(one) for one in candidates],
            "record_status": "quarantined" if issue else "accepted",
        }
    if "calendar_wall" in given:
        return {"instant_utc": text(calendar_instant(given["zone"], datetime.fromisoformat(given["calendar_wall"])))}
    start_at, end_at = bounds(given["window"])
    length_us = (end_at - start_at) // US
    allowance = (1 - Fraction(given["target"]) / 100) * length_us / 10**6 if "target" in given else None
    lengths = {"length_min": Fraction(length_us, 60 * 10**6), "length_h": Fraction(length_us, 3600 * 10**6), "allowance_s": allowance}
    return {"start_utc": text(start_at), "end_utc": text(end_at), **lengths}


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.example_id} {case.case}") for case in cases("calendar")])
def test_time_is_as_worked_by_hand(case: Case) -> None:
    got = worked(case.given)
    measured = ("length_min", "length_h", "allowance_s")
    assert {key: got[key] for key in case.expected} == {
        key: number(value) if key in measured else value for key, value in case.expected.items()
    }
    for key, mistake in case.naive.items():
        assert got[key] != number(mistake)
