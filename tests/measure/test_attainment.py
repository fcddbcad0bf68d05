"""Shares of incidents in time, their credits and breaches, beside the rows of single incidents (R-AT1, R-AT2)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.measure.estate import contract_text, measured
from tests.measure.examples import cases
from tests.measure.world import Row

TIERS = [{"below": "95", "at_least": "90", "credit_pct": "5"}, {"below": "90", "credit_pct": "10"}]


def incidents(service: str, met: int, breached: int, *, day: int = 10) -> list[Row]:
    """Return P1 incidents restored after one hour or after five, one an hour from midnight of a day of June 2026."""
    lengths = [1] * met + [5] * breached
    return [
        {
            "incident_id": f"{service} {place}",
            "service_id": service,
            "component_ids": [service],
            "occurred_at": f"2026-06-{day + place // 24:02}T{place % 24:02}:00:00Z",
            "reported_to_provider_at": f"2026-06-{day + place // 24:02}T{place % 24:02}:00:00Z",
            "restored_at": f"2026-06-{day + (place + hours) // 24:02}T{(place + hours) % 24:02}:00:00Z",
            "severity_initial": "P1",
            "severity_max": "P1",
            "severity_final": "P1",
            "cause_key": "disk",
        }
        for place, hours in enumerate(lengths)
    ]


def agreement(service: str, target: str, low_volume: Any, **changes: Any) -> dict[str, Any]:
    measure = {
        "kind": "attainment",
        "of": "restore",
        "target": target,
        "tiers": TIERS,
        "low_volume": low_volume,
        "clock_start": "informed_or_own_detection",
        "severity_change": "retroactive_strictest",
        "per_severity": {"P1": {"restore_h": 4}},
        "applies_to": {"services": [service]},
    }
    return contract_text({"in_time": measure | changes}, contract_id=f"C-{service}")


def invoiced(services: Sequence[str]) -> dict[str, list[Row]]:
    bills = [{"source_system": "erp", "invoice_id": f"RE {name}", "period": "2026-06", "currency": "EUR"} for name in services]
    line = {"line_no": 1, "fee_line_id": "F", "amount": "10000.00", "one_time": False, "tax": False}
    return {
        "staged.invoice": [bill | {"provider_id": "acme", "total": "10000.00"} for bill in bills],
        "staged.invoice_line": [bill | line | {"service_id": name} for bill, name in zip(bills, services, strict=True)],
    }


@pytest.fixture(scope="module")
def month() -> dict[str, Any]:
    """Return a month of both cases of E87, a quiet service and one whose contract is open about severity changes, by table."""
    examples = {case.case: case.given for case in cases("status") if case.example_id == "E87"}
    contracts = [agreement(name, given["target"], given["low_volume"]) for name, given in examples.items()]
    contracts += [agreement("quiet", "95", None), agreement("disputed", "95", None)]
    names = [*examples, "quiet", "disputed"]
    rows = [row for name, given in examples.items() for row in incidents(name, **given["results"])] + incidents("disputed", 1, 1)
    dispute = {
        "dispute_id": "D-1",
        "party": "provider",
        "subject_type": "incident",
        "subject_id": "disputed 1",
        "scope": "whole",
        "raised_at": "2026-09-20T00:00:00Z",
        "state": "open",
    }
    tables = {
        "staged.service_catalogue": [{"service_id": name, "component_id": name} for name in names],
        "reconciled.incidents": [row | {"contract_version_id": f"C-{row['service_id']}@1"} for row in rows],
        "staged.dispute": [dispute],
        **invoiced(names),
    }
    engine = measured(contracts, tables)
    return {name: engine.rows(f"from measured.{name} order by all") for name in ("sla_results", "credits", "breaches", "incident_targets")}


def result_of(month: dict[str, Any], service: str, variant: str = "headline") -> Row:
    return next(row for row in month["sla_results"] if (row["service_id"], row["variant"]) == (service, variant))


@pytest.mark.parametrize("case", [pytest.param(case, id=case.case) for case in cases("status") if case.example_id == "E87"])
def test_a_share_of_incidents_in_time_is_judged_by_the_low_volume_rule_where_they_are_few(case, month):
    result = result_of(month, case.case)
    assert str(result["value_pct"]) == case.expected["attainment_pct_floor6"]
    assert (result["status"], result["flags"]) == (case.expected["status"], case.expected.get("flags", []))


@pytest.mark.parametrize(
    ("service", "counts"),
    [
        pytest.param("enough", (18, 2, 0, 0), id="18 of 20 in time"),
        pytest.param("quiet", (0, 0, 0, 0), id="no incident, nothing to judge"),
    ],
)
def test_a_result_says_how_many_incidents_were_in_time(service, counts, month):
    result = result_of(month, service)
    assert tuple(result[name] for name in ("met", "breached", "breached_open", "running")) == counts
    assert result["status"] == ("not_applicable" if service == "quiet" else "breached")


def test_a_share_below_its_target_earns_the_tier_it_falls_in(month):
    """90 % of restores in time is in the first tier: 5 % of EUR 10,000; what the low-volume rule excuses owes nothing."""
    owed = {row["service_id"]: row for row in month["credits"] if row["variant"] == "headline"}
    assert (owed["enough"]["computed"], owed["enough"]["pct"]) == (Decimal("500.0000"), Decimal("5.000000"))
    assert (owed["quiet"]["computed"], owed["few"]["computed"]) == (0, 0)


def test_a_disputed_incident_is_in_time_in_the_headline_and_not_if_counted(month):
    """Two incidents, one an hour over its target and wholly disputed: 2 of 2 in the headline, 1 of 2 if counted (R-DI1, R-DI7)."""
    headline, counted = result_of(month, "disputed"), result_of(month, "disputed", "if_counted")
    assert (headline["status"], headline["flags"], headline["wording"]) == ("met", ["MET_ONLY_BY_DISPUTE"], "met, dispute pending")
    assert (counted["status"], str(counted["value_pct"])) == ("breached", "50.000000")
    target = next(row for row in month["incident_targets"] if row["incident_id"] == "disputed 1")
    assert (target["status"], target["status_if_counted"], target["flags"]) == ("met", "breached", ["MET_ONLY_BY_DISPUTE"])


def test_a_missed_target_is_a_breach_of_its_own_beside_that_of_the_share(month):
    kinds = [(row["subject_kind"], row["over_us"], row["is_headline"], row["is_if_counted"]) for row in month["breaches"]]
    hour_us = 3_600_000_000
    assert kinds.count(("incident_target", hour_us, True, True)) == 3  # two of `enough`, one of `few`
    assert kinds.count(("incident_target", hour_us, False, True)) == 1  # the disputed one
    assert kinds.count(("sla_result", None, True, True)) == 1
    assert kinds.count(("sla_result", None, False, True)) == 1
