"""Worked examples whose point is whether an exclusion is admitted: from monitoring, plans and requests to the service level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tasks.store.engine import Engine
from tests.measure.estate import MEASURE, contract_text, reconciled_and_measured
from tests.measure.examples import Case, cases, in_unit, number
from tests.reconcile.world import RECORDED, Row, up_around

ADMITTED_HERE = ("E17", "E18", "E19", "E22", "E23", "E28")
CASES = [case for case in cases("availability") if case.example_id in ADMITTED_HERE]
FIRST, LAST = "2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"
STATED = {"causal_link": "storm", "mitigation": "second line"}


def name_of(case: Case) -> str:
    return f"{case.example_id}-{case.case}"


def records_of(name: str, given: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    """Yield an example's records by entity; its service, component and contract bear its name."""
    yield "service_catalogue", {"service_id": name}
    yield "monitoring_rule", {"rule_id": name, "component_id": name}
    for sample in up_around(united(given["outages"]), FIRST, LAST, rule_id=name, component_raw=name):
        yield "monitoring_sample", sample
    for place, exclusion in enumerate(given.get("exclusions", [])):
        yield asked(f"{name} {place}", name, exclusion)
    for place, exception in enumerate(given.get("exceptions", [])):
        start_at, end_at = exception["span"]
        yield "exception", {"exception_id": f"{name} {place}", "subject_id": name, "start_at": start_at, "end_at": end_at}
        for role in ("service_manager", "vendor_manager") if exception["signed"] else ():
            signed = {"object_type": "exception", "object_id": f"{name} {place}", "role": role}
            yield "signoff", signed | {"signoff_id": f"{name} {place} {role}"}


def united(outages: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return spans of one rule as it samples them: those of one rule do not overlap (entities.yml)."""
    found: list[tuple[str, str]] = []
    for start, end in sorted(outages):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def asked(key: str, component_id: str, exclusion: Mapping[str, Any]) -> tuple[str, Row]:
    """Return the plan or the request that an exclusion of an example comes from."""
    start_at, end_at = exclusion["span"]
    span = {"start_at": start_at, "end_at": end_at}
    if exclusion["type"].endswith("maintenance"):
        said = {name: exclusion.get(name) for name in ("notice_at", "approved_at")}
        kind = exclusion["type"].removesuffix("_maintenance")
        return "maintenance_window", span | said | {
            "mw_key": key,
            "components": [component_id],
            "kind": kind,
            "approver_role": "change_manager",
        }
    accepted = {f"accepted_by_{party}_at": RECORDED for party in exclusion.get("accepted_by", [])}
    request = {"request_id": key, "component_id": component_id, "type": exclusion["type"], "notice_at": exclusion.get("notice_at")}
    return "exclusion_request", span | request | STATED | accepted | {"third_party_id": exclusion.get("party")}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Return the month of all examples: reconciled and measured by production."""
    staged: dict[str, list[Row]] = {}
    for case in CASES:
        for entity, row in records_of(name_of(case), case.given):
            staged.setdefault(entity, []).append(row)
    with reconciled_and_measured([contract_of(case) for case in CASES], staged) as engine:
        yield engine


def contract_of(case: Case) -> dict[str, Any]:
    exclusions = case.given.get("options", {}).get("exclusions", {})
    measure = MEASURE | {"applies_to": {"services": [name_of(case)]}}
    return contract_text({"uptime": measure}, contract_id=name_of(case), exclusions=exclusions, credits={"form": "none"})


@pytest.mark.parametrize("case", [pytest.param(case, id=name_of(case)) for case in CASES])
def test_an_exclusion_moves_the_figure_as_worked_by_hand(case: Case, engine: Engine) -> None:
    where = "variant = 'headline' and contract_id = ?"
    (result,) = engine.rows(f"select down_us, excluded_us from measured.sla_results where {where}", [name_of(case)])
    tested = engine.rows("from reconciled.exclusions where contract_version_id = ? order by start_at", [f"{name_of(case)}@1"])
    rejected = [row for row in tested if row["status"] == "rejected"]
    got = {
        "downtime_min": in_unit(result["down_us"], "downtime_min"),
        "excluded_min": in_unit(result["excluded_us"], "excluded_min"),
        "rejected": [row["reason"] for row in rejected],
        "counted": [[row[name].strftime("%Y-%m-%dT%H:%M:%SZ") for name in ("start_at", "end_at")] for row in rejected],
    }
    wanted = {key: number(value) if key.endswith("_min") else value for key, value in case.expected.items()}
    assert {key: got[key] for key in wanted} == wanted
