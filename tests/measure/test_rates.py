"""What is computed from samples' error rates, by cases worked by hand: bad minutes, means of error rates, shares of requests.

All cases are one run: each has a service, a measure and samples of its own, so that thirty of them cost what one costs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from tasks.model.identity import short_id
from tasks.store.engine import Engine
from tests.measure.estate import SIGNED, contract_text, make_calendar, measured
from tests.measure.world import Row

MONTH_S = 30 * 24 * 3600
QUARTER_S = 91 * 24 * 3600
OFFICE = {"timezone": "UTC", "weekly": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
PRIMES = (999_953, 999_959, 999_961, 999_979, 999_983)
MANY_RATES = "rates whose common denominator is too large are cut off, never to our favour"
COUNTED_BOTH = {"denominator": "remove_from_both", "partial_period": "active_only"}


def at(time: str) -> str:
    """Return an instant of 10 June, or the one written in full."""
    return time if "T" in time else f"2026-06-10T{time}Z"


def sample(start: str, end: str, rate: str | None = None, *, of: tuple[int, int] | None = None, **more: Any) -> Row:
    """Return a sample with a bare rate, or with failures of requests: `of=(errors, requests)`."""
    errors, requests = of or (None, None)
    return {"start_at": at(start), "end_at": at(end), "error_rate": rate, "errors": errors, "requests": requests, **more}


def minutes(first: str, *rates: str) -> list[Row]:
    """Return a sample a minute from hh:mm on."""
    start = int(first[:2]) * 60 + int(first[3:])
    names = [f"{minute // 60:02}:{minute % 60:02}:00" for minute in range(start, start + len(rates) + 1)]
    return [sample(one, other, rate) for (one, other), rate in zip(pairwise(names), rates, strict=True)]


@dataclass(frozen=True)
class Case:
    """A measure, its samples, and what the headline must say; `down_s`, `disputed_s`, `excluded_s` in seconds, `value` exact."""

    measure: dict[str, Any]
    samples: list[Row]
    expected: dict[str, Any]
    maintenance: tuple[str, str] | None = None
    incident: tuple[str, str] | None = None
    dispute: str | None = None  # of the incident, or of the result
    variant: str = "headline"
    rules: tuple[str, ...] = ("probe",)
    more: dict[str, Any] = field(default_factory=dict)


def bad(per: str = "clock_minute", threshold: str = "0.05", comparator: str = "gt", *, least: int = 0, **options: Any) -> dict[str, Any]:
    when = {"rule": "error_rate", "threshold": threshold, "comparator": comparator, "per": per, "min_requests": least}
    return {"kind": "availability", "target": "99.9", "unavailable_when": when, **COUNTED_BOTH, **options}


def all_fail(per: str = "clock_minute", **options: Any) -> dict[str, Any]:
    return {
        "kind": "availability",
        "target": "99.9",
        "unavailable_when": {"rule": "all_attempts_fail", "per": per},
        **COUNTED_BOTH,
        **options,
    }


def mean(**options: Any) -> dict[str, Any]:
    return {"kind": "error_rate", "target": "99.9", "interval_s": 300, **COUNTED_BOTH, **options}


def ratio(**options: Any) -> dict[str, Any]:
    return {"kind": "request_ratio", "target": "99.9", "failed_when": {"rule": "error_response"}, **COUNTED_BOTH, **options}


def lost(seconds: Fraction | int, base_s: int = MONTH_S) -> Fraction:
    return 1 - Fraction(seconds) / base_s


BAD_TIME = {
    "a rate at the threshold is up where the text says more than": Case(bad(), minutes("10:00", "0.05", "0.051"), {"down_s": 60}),
    "a rate at the threshold is down where the text says at least": Case(
        bad(comparator="gte"), minutes("10:00", "0.05", "0.049999"), {"down_s": 60}
    ),
    "of a bad minute only the measured part is down": Case(bad(), [sample("10:00:00", "10:00:30", "1")], {"down_s": 30}),
    "the measured part of a bad minute is no full clock minute": Case(
        bad(granularity="clock_full_minutes"), [sample("10:00:00", "10:00:30", "1"), *minutes("10:02", "1")], {"down_s": 60}
    ),
    "a sample that crosses minutes lends each its requests by time: half of each failed, which is not more than half": Case(
        bad(threshold="0.5"),
        [
            sample("10:00:00", "10:00:30", of=(0, 50)),
            sample("10:00:30", "10:01:30", of=(100, 100)),
            sample("10:01:30", "10:02:00", of=(0, 50)),
        ],
        {"down_s": 0},
    ),
    "a sample that crosses minutes lends each its requests by time: half of each failed, which is at least half": Case(
        bad(threshold="0.5", comparator="gte"),
        [
            sample("10:00:00", "10:00:30", of=(0, 50)),
            sample("10:00:30", "10:01:30", of=(100, 100)),
            sample("10:01:30", "10:02:00", of=(0, 50)),
        ],
        {"down_s": 120, "outages": 1},
    ),
    "a minute's rate is over its requests, not over its samples": Case(
        bad(threshold="0.10"), [sample("10:00:00", "10:00:30", of=(10, 10)), sample("10:00:30", "10:01:00", of=(0, 90))], {"down_s": 0}
    ),
    "bare rates are weighed by time": Case(
        bad(threshold="0.25"), [sample("10:00:00", "10:00:15", "1"), sample("10:00:15", "10:01:00", "0.01")], {"down_s": 60}
    ),
    "errors and requests win over a rate beside them": Case(bad(), [sample("10:00:00", "10:01:00", "0.9", of=(1, 100))], {"down_s": 0}),
    "a minute below the least number of requests is up and flagged": Case(
        bad(least=100), [sample("10:00:00", "10:01:00", of=(99, 99))], {"down_s": 0, "flags": ["MIN_REQUESTS"]}
    ),
    "a minute with the least number of requests counts": Case(
        bad(least=100), [sample("10:00:00", "10:01:00", of=(100, 100))], {"down_s": 60, "flags": []}
    ),
    "a long sample has the least number in each of its minutes": Case(
        bad(least=100), [sample("10:00:00", "10:10:00", of=(1000, 1000))], {"down_s": 600, "flags": []}
    ),
    "a long sample has less than the least number in each of its minutes": Case(
        bad(least=101), [sample("10:00:00", "10:10:00", of=(1000, 1000))], {"down_s": 0, "flags": ["MIN_REQUESTS"]}
    ),
    "a quiet minute below the least number of requests needs no flag": Case(
        bad(least=100), [sample("10:00:00", "10:01:00", of=(0, 9))], {"down_s": 0, "flags": []}
    ),
    "a rate without requests is not known to reach their least number": Case(
        bad(least=1), minutes("10:00", "1"), {"down_s": 0, "flags": ["MIN_REQUESTS"]}
    ),
    "down if any rule says down": Case(
        bad(),
        [sample("10:00:00", "10:01:00", "1", rule_id="one"), sample("10:00:00", "10:02:00", "0", rule_id="two")],
        {"down_s": 60},
        rules=("one", "two"),
    ),
    "two rules lose the smaller of their shares: 60 s x 0.5": Case(
        bad(confirmed_by=2, partial_outage="affected_fraction"),
        [
            sample("10:00:00", "10:01:00", "1", rule_id="one", affected_fraction="0.5"),
            sample("10:00:00", "10:01:00", "1", rule_id="two", affected_fraction="0.7"),
        ],
        {"value": lost(30)},
        rules=("one", "two"),
    ),
    "two of three rules lose the second largest share, also where shares add up: 60 s x 0.7, then 60 s x 0.5": Case(
        bad(confirmed_by=2, partial_outage="affected_fraction", overlap_weight="sum_capped"),
        [
            sample("10:00:00", "10:02:00", "1", rule_id="one", affected_fraction="0.5"),
            sample("10:00:00", "10:01:00", "1", rule_id="two", affected_fraction="0.7"),
            sample("10:00:00", "10:02:00", "1", rule_id="three", affected_fraction="0.9"),
        ],
        {"value": lost(72)},
        rules=("one", "two", "three"),
    ),
    "down only where as many rules say so as must confirm": Case(
        bad(confirmed_by=2),
        [sample("10:00:00", "10:03:00", "1", rule_id="one"), sample("10:01:00", "10:02:00", "1", rule_id="two")],
        {"down_s": 60},
        rules=("one", "two"),
    ),
    "a minute without any request is up": Case(bad(), [sample("10:00:00", "10:01:00", of=(0, 0))], {"down_s": 0}),
    "a long span is bad over all its measured time": Case(
        bad(), [sample("10:00:20", "10:03:40", of=(100, 1000))], {"down_s": 200, "outages": 1}
    ),
    "sample by sample no clock minute is looked at": Case(
        bad("sample"), [sample("10:00:20", "10:00:50", "0.06"), sample("10:00:50", "10:01:30", "0")], {"down_s": 30}
    ),
    "a minute in which one attempt went well is up": Case(
        all_fail(), [sample("10:00:00", "10:00:30", of=(5, 5)), sample("10:00:30", "10:01:00", of=(4, 5))], {"down_s": 0}
    ),
    "a minute in which every attempt failed is down": Case(
        all_fail(), [sample("10:00:00", "10:00:30", of=(5, 5)), sample("10:00:30", "10:01:00", "1")], {"down_s": 60}
    ),
    "a state tells whether all attempts failed": Case(
        all_fail(),
        [sample("10:00:00", "10:01:50", state="down"), sample("10:01:50", "10:02:00", state="up")],
        {"down_s": 60, "unmeasured_s": 0},
    ),
    "exactly five minutes are not more than five": Case(
        all_fail("sample", min_consecutive={"s": 300, "comparator": "gt"}),
        [sample("10:00:00", "10:05:00", "1"), sample("11:00:00", "11:05:01", "1")],
        {"down_s": 301},
    ),
    "a state says nothing of a rate: that time is unmeasured": Case(
        bad(),
        [sample("2026-06-01T00:00:00Z", "2026-06-16T00:00:00Z", state="down"), sample("2026-06-16T00:00:00Z", "2026-07-01T00:00:00Z", "0")],
        {"down_s": 0, "unmeasured_s": MONTH_S // 2, "status": "insufficient_evidence"},
    ),
    "maintenance takes its part of a bad interval out": Case(
        bad(), minutes("10:00", "1", "1", "1", "1"), {"down_s": 120, "excluded_s": 120}, maintenance=("10:01:00", "10:03:00")
    ),
    "a minute that the window cuts counts on either side": Case(
        bad(), [sample("2026-05-31T23:59:30Z", "2026-06-01T00:00:30Z", "1")], {"down_s": 30}
    ),
    "bad time beyond the window's end is open at its end": Case(
        bad(),
        [sample("2026-06-30T23:59:00Z", "2026-07-01T00:00:00Z", "1"), sample("2026-07-01T00:00:00Z", "2026-07-01T00:01:00Z", "1")],
        {"down_s": 60, "flags": ["OPEN_AT_WINDOW_END"]},
    ),
    "the incident whose time meets the run owns it": Case(
        bad(), minutes("10:00", "1", "1"), {"down_s": 120, "incident_ids": 1}, incident=("10:00:30", "10:10:00")
    ),
    "bad time that no incident tells of has none": Case(
        bad(), minutes("10:00", "1", "1"), {"down_s": 120, "incident_ids": 0}, incident=("10:02:00", "10:10:00")
    ),
    "a dispute of the incident holds its bad time out": Case(
        bad(), minutes("10:00", "1", "1"), {"down_s": 0, "disputed_s": 120}, incident=("10:00:30", "10:10:00"), dispute="incident"
    ),
    "a dispute of the result holds out what no incident tells of": Case(
        bad(), minutes("10:00", "1", "1"), {"down_s": 0, "disputed_s": 120}, dispute="sla_result"
    ),
    "disputed bad time counts beside the headline": Case(
        bad(), minutes("10:00", "1", "1"), {"down_s": 120}, dispute="sla_result", variant="if_counted"
    ),
}
MEANS = {
    "two rules that watch an interval in turn measure all of it": Case(
        mean(),
        [sample("10:00:00", "10:02:00", of=(9, 9), rule_id="one"), sample("10:02:00", "10:05:00", of=(9, 9), rule_id="two")],
        {"value": lost(300)},
        rules=("one", "two"),
    ),
    "a third of one interval's requests": Case(mean(), [sample("10:00:00", "10:05:00", of=(1, 3))], {"value": lost(100)}),
    "rates of unlike denominators add exactly": Case(
        mean(),
        [sample("10:00:00", "10:05:00", of=(1, 3)), sample("10:05:00", "10:10:00", of=(1, 7))],
        {"value": lost(300 * (Fraction(1, 3) + Fraction(1, 7)))},
    ),
    "an interval's rate is over its requests": Case(
        mean(),
        [sample("10:00:00", "10:01:00", of=(10, 10)), sample("10:01:00", "10:05:00", of=(0, 360))],
        {"value": lost(Fraction(300, 37))},
    ),
    "a long sample of odd length lends an interval its requests to the millionth": Case(
        mean(),
        [sample("2026-06-01T00:00:07Z", "10:00:30", of=(0, 813_623)), sample("10:00:30", "10:05:00", of=(270, 270))],
        {"value": lost(270)},
    ),
    MANY_RATES: Case(
        mean(),
        [sample(f"{10 + place}:00:00", f"{10 + place}:05:00", of=(1, requests)) for place, requests in enumerate(PRIMES)],
        {"status": "met"},
    ),
    "intervals without requests are as bad as the contract says": Case(
        mean(idle_interval_error="0.5"), [sample("10:00:00", "11:00:00", of=(0, 0))], {"value": lost(1800)}
    ),
    "intervals without requests lose nothing by default": Case(mean(), [sample("10:00:00", "11:00:00", of=(0, 0))], {"value": Fraction(1)}),
    "maintenance leaves the base with its intervals": Case(
        mean(), [sample("10:00:00", "10:10:00", "0.5")], {"value": lost(150, MONTH_S - 300)}, maintenance=("10:00:00", "10:05:00")
    ),
    "failures under maintenance leave an interval that it cuts": Case(
        mean(),
        [sample("10:00:00", "10:02:00", of=(20, 20)), sample("10:02:00", "10:05:00", of=(0, 30))],
        {"value": Fraction(1), "excluded_s": 120},
        maintenance=("10:00:00", "10:02:00"),
    ),
    "a dispute holds failures out": Case(
        mean(), [sample("10:00:00", "10:05:00", "0.5")], {"value": Fraction(1)}, incident=("10:00:00", "10:05:00"), dispute="incident"
    ),
    "disputed failures count beside the headline": Case(
        mean(),
        [sample("10:00:00", "10:05:00", "0.5")],
        {"value": lost(150)},
        incident=("10:00:00", "10:05:00"),
        dispute="incident",
        variant="if_counted",
    ),
    "failures outside service hours lose nothing": Case(
        mean(service_hours="office"), [sample("08:00:00", "10:00:00", "0.1")], {"value": lost(360, 22 * 8 * 3600)}
    ),
    "unmeasured time can be lost whole": Case(
        mean(),
        [sample("2026-06-01T00:00:00Z", "2026-06-16T00:00:00Z", "0"), sample("2026-06-16T00:00:00Z", "2026-07-01T00:00:00Z", state="up")],
        {"value": Fraction(1, 2)},
        variant="unknown_as_down",
    ),
    "without a sample there is no evidence": Case(mean(), [], {"value": Fraction(1), "status": "insufficient_evidence"}),
    "a quarter is averaged whole": Case(
        mean(), [sample("2026-04-10T10:00:00Z", "2026-04-10T10:05:00Z", "0.5")], {"value": lost(150, QUARTER_S)}, more={"window": "quarter"}
    ),
}
RATIOS = {
    "requests that did not fail over requests": Case(
        ratio(),
        [sample("10:00:00", "11:00:00", of=(10, 400)), sample("11:00:00", "12:00:00", of=(0, 600))],
        {"value": Fraction(990, 1000), "den": 1000, "status": "breached"},
    ),
    "a sample that the window cuts lends its requests by time": Case(
        ratio(), [sample("2026-05-31T23:00:00Z", "2026-06-01T01:00:00Z", of=(1, 3))], {"value": Fraction(2, 3), "den": 1_500_000}
    ),
    "requests under maintenance leave the base": Case(
        ratio(),
        [sample("10:00:00", "10:30:00", of=(20, 100)), sample("10:30:00", "11:00:00", of=(1, 100))],
        {"value": Fraction(99, 100), "den": 100},
        maintenance=("10:00:00", "10:30:00"),
    ),
    "requests under maintenance did not fail where the base keeps them": Case(
        ratio(denominator="count_as_up"),
        [sample("10:00:00", "10:30:00", of=(20, 100)), sample("10:30:00", "11:00:00", of=(1, 100))],
        {"value": Fraction(199, 200), "den": 200},
        maintenance=("10:00:00", "10:30:00"),
    ),
    "disputed requests stay and did not fail": Case(
        ratio(), [sample("10:00:00", "11:00:00", of=(5, 50))], {"value": Fraction(1), "den": 50}, dispute="sla_result"
    ),
    "only requests in service hours are asked for": Case(
        ratio(service_hours="office"),
        [sample("08:00:00", "09:00:00", of=(9, 10)), sample("09:00:00", "10:00:00", of=(1, 10))],
        {"value": Fraction(9, 10), "den": 10},
    ),
    "no sample says whether output came in time": Case(
        ratio(failed_when={"rule": "no_output_within", "s": 300}),
        [sample("10:00:00", "11:00:00", of=(5, 50))],
        {"value": None, "status": "insufficient_evidence", "unmeasured_s": MONTH_S},
    ),
    "a rate without requests is no share of them": Case(
        ratio(), minutes("10:00", "0.5"), {"value": None, "status": "insufficient_evidence"}
    ),
    "without a request there is nothing to judge": Case(
        ratio(),
        [sample("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z", of=(0, 0))],
        {"value": None, "status": "not_applicable"},
    ),
}
CASES = BAD_TIME | MEANS | RATIOS
SERVICES = {name: f"s{place:02}" for place, name in enumerate(CASES)}


def agreement(window: str) -> dict[str, Any]:
    """Return the contract of the cases of one length of window: a measure and a service each."""
    measures = {
        f"m{service}": case.measure | {"applies_to": {"services": [service]}}
        for (name, case), service in zip(CASES.items(), SERVICES.values(), strict=True)
        if case.more.get("window", "month") == window
    }
    version = {"number": 1, "effective_from": "2020-01-01", "mid_window_switch": "split", "signed_by": SIGNED}
    clock = {"timezone": "UTC", "window": f"calendar_{window}"}
    return contract_text(measures, contract_id=window.upper(), version=version, clock=clock, credits={"form": "none"})


def dispute_of(case: Case, service: str) -> Row:
    measure = [f"{case.more.get('window', 'month').upper()}@1", f"m{service}", service, "service"]
    subject = short_id("R", [*measure, "2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z", "headline", "default"])
    return {
        "dispute_id": f"D-{service}",
        "party": "provider",
        "subject_type": case.dispute,
        "subject_id": f"I-{service}" if case.dispute == "incident" else subject,
        "scope": "whole",
        "raised_at": "2026-09-20T00:00:00Z",
        "state": "open",
    }


def tables() -> dict[str, list[Row]]:
    """Return the estate of all cases."""
    found: dict[str, list[Row]] = {
        name: []
        for name in (
            "staged.service_catalogue",
            "staged.monitoring_rule",
            "staged.monitoring_sample",
            "staged.dispute",
            "reconciled.incidents",
            "reconciled.exclusions",
        )
    }
    for name, case in CASES.items():
        service = SERVICES[name]
        named = {"service_id": service, "component_ids": [service], "contract_version_id": "MONTH@1"}
        found["staged.service_catalogue"].append({"service_id": service, "component_id": service})
        found["staged.monitoring_rule"] += [{"rule_id": f"{service}-{rule}", "component_id": service} for rule in case.rules]
        found["staged.monitoring_sample"] += [
            row | {"component_raw": service, "rule_id": f"{service}-{row.get('rule_id', 'probe')}", "raw_id": f"{service}-{place}"}
            for place, row in enumerate(case.samples)
        ]
        if case.incident:
            span = {"occurred_at": at(case.incident[0]), "restored_at": at(case.incident[1])}
            found["reconciled.incidents"].append(named | span | {"incident_id": f"I-{service}"})
        if case.maintenance:
            span = {"start_at": at(case.maintenance[0]), "end_at": at(case.maintenance[1])}
            found["reconciled.exclusions"].append(
                span | {"exclusion_id": f"X-{service}", "component_id": service, "contract_version_id": "MONTH@1"}
            )
        if case.dispute:
            found["staged.dispute"].append(dispute_of(case, service))
    return found


@pytest.fixture(scope="module")
def judged() -> Engine:
    calendars = {"office": make_calendar("office", OFFICE)}
    only = ["results", "scope_incidents"]
    return measured([agreement("month"), agreement("quarter")], tables(), calendars=calendars, only=only)


def said(engine: Engine, name: str) -> Row:
    """Return what the result of a case says, in the units of its expectations."""
    (row,) = engine.rows(
        """
        select result.*, (
            select count(*) from measured.scope_incidents as link
            where link.scope_no = result.scope_no and link.incident_id is not null
        ) as incidents
        from measured.results as result inner join measured.parts as part using (part_no)
        where part.service_id = ? and result.variant = ?
        """,
        [SERVICES[name], CASES[name].variant],
    )
    value = None if row["value_den"] is None else Fraction(int(row["value_num"]), int(row["value_den"]))
    lengths = {f"{what}_s": Fraction(row[f"{what}_us"], 10**6) for what in ("down", "excluded", "disputed", "unmeasured")}
    plain = {"value": value, "den": row["value_den"], "incident_ids": row["incidents"]}
    return {**{key: row[key] for key in ("status", "flags", "outages")}, **lengths, **plain}


@pytest.mark.parametrize("name", CASES)
def test_error_rates_are_measured_as_worked_by_hand(judged: Engine, name: str) -> None:
    found = said(judged, name)
    expected = CASES[name].expected
    assert {key: found[key] for key in expected} == expected


def test_rates_that_are_cut_off_lie_within_a_millionth_of_a_millionth(judged: Engine) -> None:
    exact = lost(sum(Fraction(300, requests) for requests in PRIMES))
    assert 0 < said(judged, MANY_RATES)["value"] - exact < Fraction(1, 10**12)


def test_a_sample_of_weeks_lends_its_requests_to_every_interval_exactly():  # R-GR6
    twelve_days = {
        "start_at": "2026-06-01T00:00:00Z",
        "end_at": "2026-06-13T00:00:00Z",
        "requests": 1_000_000,
        "errors": 1000,
        "raw_id": "a",
    }
    the_others = {"start_at": "2026-06-13T00:00:00Z", "end_at": "2026-07-01T00:00:00Z", "requests": 3000, "errors": 1, "raw_id": "b"}
    samples = [{"rule_id": "probe", "component_raw": "shop", "state": "up"} | one for one in (twelve_days, the_others)]
    promise = contract_text({"errors": {"kind": "error_rate", "interval_s": 300, "target": "99.9"}})
    with measured([promise], {"staged.monitoring_rule": [{}], "staged.monitoring_sample": samples}, only=["results"]) as engine:
        (row,) = engine.rows("select value_num, value_den from measured.results where variant = 'headline'")
    # 12 of 30 days at 1 / 1,000 and 18 at 1 / 3,000
    assert 1 - Fraction(int(row["value_num"]), int(row["value_den"])) == Fraction(12, 30) / 1000 + Fraction(18, 30) / 3000
