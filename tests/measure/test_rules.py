"""Measures that read some monitoring rules alone, or ask several to agree, from samples to the service level (R-GR8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pytest

from tasks.model.errors import FaultsError
from tests.measure.estate import MEASURE, contract_text, measured, reconciled_and_measured
from tests.reconcile.world import Row, at

MINUTE_US = 60_000_000
FIRST, LAST = "2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"
Said = tuple[str, str, str]  # from, to, state; degraded by a share if it is a number


@dataclass(frozen=True)
class Case:
    """A service that rules a, b and c watch all June; c sees it up throughout. What counts as lost and as unmeasured, in minutes."""

    lost: str
    unmeasured_min: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    a: tuple[Said, ...] = (("10:00", "11:00", "down"),)
    b: tuple[Said, ...] = (("10:30", "11:30", "down"),)
    restored: str | None = None  # what a person set


GAP = (("10:00", "11:00", "down"), ("12:00", "13:00", "gap"))
BOTH = {"measured_by": ["a", "b"], "confirmed_by": 2}
SHARES = {"partial_outage": "affected_fraction"}
CASES = {
    "any rule": Case("90"),
    "one rule alone": Case("60", options={"measured_by": ["a"]}),
    "a rule that saw nothing": Case("0", options={"measured_by": ["c"]}),
    "two rules at the same instant": Case("30", options=BOTH),
    "two of all rules": Case("30", options={"confirmed_by": 2}),
    "three of all rules": Case("0", options={"confirmed_by": 3}),
    "where one rule measured, time is measured": Case("90", a=GAP),
    "unmeasured time is that of the rules read": Case("60", 60, options={"measured_by": ["a"]}, a=GAP),
    "the other rule saw it up: two cannot agree": Case("30", 0, options=BOTH, a=GAP),
    "the other rule saw it down: nobody knows whether two agree": Case(
        "30", 20, options=BOTH, a=GAP, b=(("10:30", "11:30", "down"), ("12:00", "12:20", "down"))
    ),
    "two of three measured, so the third is not missed": Case(
        "30", 0, options={"confirmed_by": 2}, a=GAP, b=(("10:30", "11:30", "down"), ("12:00", "12:20", "down"))
    ),
    "degraded is not down": Case("30", options={"measured_by": ["a"]}, a=(("10:00", "10:30", "0.6"), ("10:30", "11:00", "down"))),
    "degraded where the contract says so": Case(
        "60",
        options={"measured_by": ["a"], "unavailable_when": {"rule": "monitoring_state", "states": ["down", "degraded"]}},
        a=(("10:00", "10:30", "0.6"), ("10:30", "11:00", "down")),
    ),
    "what two rules lose is the smaller of their shares: 60 x 0.2": Case(
        "12", options=BOTH | SHARES, a=(("10:00", "11:00", "0.6"),), b=(("10:00", "11:00", "0.2"),)
    ),
    "what any rule loses is the larger: 60 x 0.6": Case(
        "36", options={"measured_by": ["a", "b"]} | SHARES, a=(("10:00", "11:00", "0.6"),), b=(("10:00", "11:00", "0.2"),)
    ),
    "a person's word outranks every rule": Case("40", options={"measured_by": ["a"]}, restored="10:40"),
}


def samples(rule_id: str, component: str, said: tuple[Said, ...]) -> Iterator[Row]:
    """Yield a month of samples: up but for what is said."""
    named, reached = {"rule_id": rule_id, "component_raw": component}, FIRST
    for start, end, state in said:
        yield named | {"state": "up", "start_at": reached, "end_at": at(start)}
        span = {"start_at": at(start), "end_at": at(end)}
        if state != "gap":
            yield named | span | ({"state": "down"} if state == "down" else {"state": "degraded", "affected_fraction": state})
        reached = at(end)
    yield named | {"state": "up", "start_at": reached, "end_at": LAST}


@pytest.fixture(scope="module")
def results() -> Iterator[dict[str, Row]]:
    """Return the headline of every case, each a service and a contract of its own."""
    staged: dict[str, list[Row]] = {
        name: [] for name in ("service_catalogue", "monitoring_rule", "monitoring_sample", "ticket", "override")
    }
    contracts = []
    for place, case in enumerate(CASES.values()):
        name = f"s{place}"
        staged["service_catalogue"].append({"service_id": name})
        for rule, said in (("a", case.a), ("b", case.b), ("c", ())):
            staged["monitoring_rule"].append({"rule_id": f"{name}{rule}", "component_id": name})
            staged["monitoring_sample"].extend(samples(f"{name}{rule}", name, said))
        if case.restored:
            ticket = {"ticket_key": name, "service_raw": name, "component_raw": name, "opened_at": at("10:05"), "restored_at": at("11:30")}
            staged["ticket"].append(ticket)
            said = {"field": "restored_at", "value": at(case.restored), "reason": "seen by the desk"}
            staged["override"].append({"override_id": name, "subject_id": name, "subject_type": "ticket"} | said)
        rules = {"measured_by": [f"{name}{rule}" for rule in case.options.get("measured_by", ())]}
        measure = MEASURE | case.options | rules | {"applies_to": {"services": [name]}}
        contracts.append(contract_text({"uptime": measure}, contract_id=name, credits={"form": "none"}))
    with reconciled_and_measured(contracts, staged) as engine:
        rows = {row["service_id"]: row for row in engine.rows("from measured.sla_results where variant = 'headline'")}
        yield {name: rows[f"s{place}"] for place, name in enumerate(CASES)}


@pytest.mark.parametrize("name", CASES)
def test_a_measure_reads_the_rules_it_names(name: str, results: dict[str, Row]) -> None:
    case, row = CASES[name], results[name]
    scale = 10**6 if "partial_outage" in case.options else 1
    lost = Fraction(int(row["value_den"] - row["value_num"]), scale * MINUTE_US)
    assert (lost, Fraction(row["unmeasured_us"], MINUTE_US)) == (Fraction(case.lost), case.unmeasured_min)


def test_a_rule_that_nobody_knows_is_refused_with_the_nearest_one() -> None:
    text = contract_text({"uptime": MEASURE | {"measured_by": ["prober", "probe"]}})
    with pytest.raises(FaultsError) as caught:
        measured([text], {"staged.monitoring_rule": [{}]})
    (fault,) = caught.value.faults
    assert "measures.uptime.measured_by" in str(fault)
    assert "no monitoring rule 'prober'; did you mean 'probe'?" in str(fault)


def test_a_rule_that_is_not_read_does_not_measure_the_rates_of_one_that_is():
    """Rule a says a state all June and never how many requests failed, b does: of a measure that reads a alone nothing is measured."""
    rates = {"unavailable_when": {"rule": "error_rate", "threshold": "0.05", "comparator": "gt", "per": "clock_minute"}}
    measures = {name: MEASURE | rates | {"measured_by": [name]} for name in ("a", "b")}
    span = {"start_at": FIRST, "end_at": LAST}
    bounds = {"start_us": 1_780_272_000_000_000, "end_us": 1_782_864_000_000_000}
    engine = measured(
        [contract_text(measures, credits={"form": "none"})],
        {
            "staged.monitoring_rule": [{"rule_id": name} for name in ("a", "b")],
            "staged.monitoring_sample": [
                span | {"rule_id": "a", "raw_id": "s-a"},
                span | {"rule_id": "b", "raw_id": "s-b", "requests": 1000, "errors": 0},
            ],
            "reconciled.rule_states": [{"rule_id": name} | bounds for name in ("a", "b")],
        },
    )
    rows = engine.rows("select measure_id, status, unmeasured_us from measured.sla_results where variant = 'headline' order by measure_id")
    assert [tuple(row.values()) for row in rows] == [("a", "insufficient_evidence", 30 * 24 * 60 * MINUTE_US), ("b", "met", 0)]
