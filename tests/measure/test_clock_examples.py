"""Worked examples of form clock through the production path: a contract as text, an incident as reconciled, measured, compared."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import groupby
from typing import Any

import pytest

from tasks.model.period import Period
from tests.measure.estate import MEASURE, contract_text, make_calendar, measured
from tests.measure.examples import Case, cases, document, in_unit, number
from tests.measure.world import Row

ELSEWHERE_KEYS = ("discrepancies", "downtime_min")  # test_a_pause_without_evidence_…, test_service_levels
STOPS = ("response", "restore", "resolve")
MONTHS = [Period.parse(f"2026-0{month}") for month in range(6, 10)]
JUSTIFIED = {"justification": "the work-around holds since then", "author_ref": "P-1", "approver_ref": "P-2"}
AS_OF = "2026-10-01T00:00:00Z"


CASES = [case for case in cases("clock") if case.given["obligation"] in STOPS]
OUTAGE_CASES = [case for case in cases("clock") if case.given["obligation"] == "outage"]


def contract_of(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the contract of an example: what it does not name is stated as by default, what it calls silent is left out."""
    stated: dict[str, Any] = {"severity_change": "retroactive_strictest"}
    if given.get("provider_role") != "internal_team":
        stated["clock_start"] = "informed_or_own_detection"
    terms = {key: value for key, value in stated.items() if key not in given.get("silent", [])} | given.get("options", {})
    measure = {"kind": given["obligation"], "per_severity": given["per_severity"], "applies_to": {"services": [name]}, **terms}
    provider = {"id": "acme", "name": "Acme", "role": given.get("provider_role", "provider")}
    return contract_text({"clock": measure}, contract_id=name, provider=provider, credits={"form": "none"})


def estate_of(name: str, given: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Return an example's service, incident, ticket, changes of severity and pauses, all named after it."""
    changes = given.get("severity_changes", [])
    final = changes[-1]["new"] if changes else given["severity"]
    started = given.get("reported_to_provider") or given.get("detected")
    ticket = {"ticket_key": name}
    incident = {
        "incident_id": name,
        "service_id": name,
        "component_ids": [name],
        "ticket_key": name,
        "occurred_at": given.get("occurred", started),
        "detected_at": given.get("detected"),
        "provider_detected_at": given.get("detected_by_provider"),
        "reported_to_provider_at": given.get("reported_to_provider"),
        "acknowledged_at": next((one["at"] for one in given.get("acknowledgements", []) if one["by"] == "human"), None),
        "restored_at": given.get("restored"),
        "resolved_at": given.get("resolved"),
        "severity_initial": given["severity"],
        "severity_max": min(given["severity"], final),
        "severity_final": final,
        "status": "resolved" if given.get("resolved") else "restored" if given.get("restored") else "open",
    }
    return {
        "staged.service_catalogue": [{"service_id": name, "component_id": name}],
        "reconciled.incidents": [incident],
        "reconciled.incident_members": [{"incident_id": name, "raw_id": name, "source_key": name}],
        "reconciled.pause_intervals": [ticket | paused(name, place, pause) for place, pause in enumerate(given.get("pauses", []))],
        "staged.ticket": [ticket | {"opened_at": given.get("ticket_opened", started)}],
        "staged.severity_change": [ticket | severity_change(change) for change in changes],
        "staged.ticket_history": [ticket | row for row in (*acknowledgements(given), *requests(name, given))],
    }


def paused(name: str, place: int, pause: Mapping[str, Any]) -> Row:
    """Return a claimed pause. Evidence counts from the request to the end of the state, so that one which ends sooner ends the state."""
    span = {"start_at": pause["span"][0], "end_at": pause["evidenced"][1]}
    return span | {"incident_id": name, "reason": pause["reason"], "evidence_raw_id": f"{name} request {place}"}


def requests(name: str, given: Mapping[str, Any]) -> list[Row]:
    return [
        {
            "raw_id": f"{name} request {place}",
            "seq": 100 + place,
            "field": "comment",
            "is_public": True,
            "changed_at": pause["evidenced"][0],
        }
        for place, pause in enumerate(given.get("pauses", []))
    ]


def severity_change(change: Mapping[str, Any]) -> Row:
    reason = JUSTIFIED | {"reason_code": change["reason_code"]} if change.get("approved") else {}
    return {"changed_at": change["at"], "recorded_at": change["at"], "old": change["old"], "new": change["new"], **reason}


def acknowledgements(given: Mapping[str, Any]) -> list[Row]:
    return [
        {"seq": place, "field": "state", "new": "acknowledged", "changed_at": one["at"], "actor_kind": one["by"]}
        for place, one in enumerate(given.get("acknowledgements", []), 1)
    ]


def name_of(case: Case) -> str:
    return f"{case.example_id}-{case.case}"


@pytest.fixture(scope="module")
def targets() -> dict[str, list[Row]]:
    """Return the incident targets of every case: all cases of one as_of are one estate, each with its own service and contract."""
    calendars = {name: make_calendar(name, body) for name, body in document()["calendars"].items()}
    moments = groupby(sorted(CASES, key=lambda case: case.given.get("as_of", AS_OF)), key=lambda case: case.given.get("as_of", AS_OF))
    found: dict[str, list[Row]] = {}
    for as_of, group in moments:
        together = list(group)
        tables: dict[str, list[Row]] = {}
        for case in together:
            for address, rows in estate_of(name_of(case), case.given).items():
                tables.setdefault(address, []).extend(rows)
        contracts = [contract_of(name_of(case), case.given) for case in together]
        engine = measured(contracts, tables, months=MONTHS, as_of=as_of, calendars=calendars, only=["incident_targets"])
        for row in engine.rows("from measured.incident_targets"):
            found.setdefault(row["service_id"], []).append(row)
    return found


def said(row: Row, key: str) -> Any:
    match key:
        case "status" | "claim_status":
            return row[key]
        case "judged":
            return row["severity"]
        case "attributed_to":
            return row["period"]
        case "due_at":
            return row["due_at"].strftime("%Y-%m-%dT%H:%M:%SZ")
        case "consumed":
            return f"{Fraction(row['consumed_pct']) / 100 * 10**6 // 1 / 10**6:.6f}"
    return in_unit(row[f"{key.rpartition('_')[0]}_us"], key)


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.example_id} {case.case}") for case in CASES])
def test_a_clock_is_as_worked_by_hand(case: Case, targets: dict[str, list[Row]]) -> None:
    judged = case.given.get("judged")
    row = next(row for row in targets[name_of(case)] if judged is None or row["severity"] == judged)
    expected = {key: wanted for key, wanted in case.expected.items() if key not in ELSEWHERE_KEYS}
    assert {key: said(row, key) for key in expected} == {
        key: wanted if isinstance(wanted, str) else number(wanted) for key, wanted in expected.items()
    }


@pytest.fixture(scope="module")
def outages() -> dict[str, Row]:
    """Return what each case of E103 counts: the same incident under contracts that start the outage's clock elsewhere."""
    tables: dict[str, list[Row]] = {}
    contracts = []
    for case in OUTAGE_CASES:
        name, given = name_of(case), case.given
        incident = {"incident_id": name, "service_id": name, "component_ids": [name], "ticket_key": name, "restored_at": given["restored"]}
        incident |= {f"{anchor}_at": given[anchor] for anchor in ("occurred", "detected", "reported_to_provider")}
        rows = {
            "staged.service_catalogue": {"service_id": name, "component_id": name},
            "reconciled.incidents": incident,
            "reconciled.outage_intervals": {
                "incident_id": name,
                "component_id": name,
                "start_at": given["occurred"],
                "end_at": given["restored"],
            },
            "staged.ticket": {"ticket_key": name, "opened_at": given["ticket_opened"]},
        }
        for address, row in rows.items():
            tables.setdefault(address, []).append(row)
        measure = MEASURE | {"applies_to": {"services": [name]}} | given.get("options", {})
        contracts.append(contract_text({"uptime": measure}, contract_id=name, credits={"form": "none"}))
    engine = measured(contracts, tables)
    return {row["service_id"]: row for row in engine.rows("from measured.sla_results where variant = 'headline'")}


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.example_id} {case.case}") for case in OUTAGE_CASES])
def test_an_outage_counts_from_where_the_contract_starts_its_clock(case: Case, outages: dict[str, Row]) -> None:
    assert {"elapsed_min": in_unit(outages[name_of(case)]["down_us"], "elapsed_min")} == {
        "elapsed_min": number(case.expected["elapsed_min"])
    }
