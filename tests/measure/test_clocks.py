"""Clocks of single incidents, worked by hand where no example does: lost stops, reopenings, severities, thresholds (3.5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.measure.estate import contract_text, measured
from tests.measure.world import Row

DAY = "2026-06-10T"
RAISED = "2026-09-20T00:00:00Z"
HOUR_US = 3_600_000_000
P1_IN_4H = {"P1": {"restore_h": 4}, "P3": {"restore_h": 24}}


def at(clock: str) -> str:
    return f"{DAY}{clock}:00Z"


def changed(clock: str, old: str, new: str, **columns: Any) -> Row:
    return {"changed_at": at(clock), "recorded_at": at(clock), "old": old, "new": new, **columns}


def moved(seq: int, clock: str, new: str, kind: str = "human") -> Row:
    return {"seq": seq, "field": "state", "new": new, "changed_at": at(clock), "actor_kind": kind}


CASES: dict[str, dict[str, Any]] = {
    "a downgrade that does not count leaves the severity before it in force, whatever follows": {
        "measure": {"kind": "restore", "per_severity": P1_IN_4H},
        "incident": {"restored_at": at("13:00"), "severity_initial": "P1", "severity_final": "P2"},
        "severity_change": [changed("09:00", "P1", "P3"), changed("10:00", "P3", "P2")],
        "expected": [("P1", "breached", 5 * HOUR_US)],
    },
    "a downgrade approved by its own author is not justified (C-19)": {
        "measure": {"kind": "restore", "per_severity": P1_IN_4H},
        "incident": {"restored_at": at("13:00"), "severity_initial": "P1", "severity_final": "P3"},
        "severity_change": [
            changed(
                "09:00",
                "P1",
                "P3",
                reason_code="impact_reduced",
                justification="the work-around holds since then",
                author_ref="P-1",
                approver_ref="P-1",
            )
        ],
        "expected": [("P1", "breached", 5 * HOUR_US)],
    },
    "a second upgrade that only the history tells is not taken for the first, which both tell": {
        "measure": {"kind": "restore", "per_severity": P1_IN_4H},
        "incident": {"restored_at": at("13:00"), "severity_initial": "P3", "severity_final": "P1"},
        "severity_change": [
            changed("09:00", "P3", "P1"),
            changed(
                "10:00",
                "P1",
                "P3",
                reason_code="impact_reduced",
                justification="the work-around holds since then",
                author_ref="P-1",
                approver_ref="P-2",
            ),
        ],
        "ticket_history": [
            {"seq": 1, "field": "severity", "old": "P3", "new": "P1", "changed_at": at("09:01")},
            {"seq": 2, "field": "severity", "old": "P1", "new": "P3", "changed_at": at("10:01")},
            {"seq": 3, "field": "severity", "old": "P3", "new": "P1", "changed_at": at("12:00")},
        ],
        "expected": [("P1", "breached", 5 * HOUR_US)],
    },
    "a severity that comes back in time does not hide that it was missed before": {
        "measure": {
            "kind": "restore",
            "severity_change": "reset_on_change",
            "per_severity": {"P1": {"restore_h": 4}, "P2": {"restore_h": 1}},
        },
        "incident": {"restored_at": at("11:00"), "severity_initial": "P2", "severity_final": "P2"},
        "severity_change": [
            changed("10:00", "P2", "P1"),
            changed(
                "10:30",
                "P1",
                "P2",
                reason_code="impact_reduced",
                justification="the work-around holds since then",
                author_ref="P-1",
                approver_ref="P-2",
            ),
        ],
        "expected": [("P1", "met", HOUR_US // 2), ("P2", "breached", 2 * HOUR_US)],
    },
    "an incident that is over without an acknowledgement on record has no verdict": {
        "measure": {"kind": "response", "per_severity": {"P1": {"response_min": 15}}},
        "incident": {"restored_at": at("09:00")},
        "expected": [("P1", "insufficient_evidence", HOUR_US)],
    },
    "an automatic reply stops the clock only where the contract says so": {
        "measure": {"kind": "response", "stop_response": "any_acknowledgement", "per_severity": {"P1": {"response_min": 15}}},
        "incident": {"acknowledged_at": at("08:30")},
        "ticket_history": [moved(1, "08:10", "acknowledged", "automation")],
        "expected": [("P1", "met", HOUR_US // 6)],
    },
    "an acknowledgement before the provider was told stopped the clock as it began": {
        "measure": {"kind": "response", "per_severity": {"P1": {"response_min": 15}}},
        "incident": {"acknowledged_at": at("07:50")},
        "expected": [("P1", "met", 0)],
    },
    "reopened within the contract's hours the clock runs through": {
        "measure": {"kind": "resolve", "reopen": {"rule": "continue_within", "hours": 2}, "per_severity": {"P1": {"resolve_h": 4}}},
        "incident": {"restored_at": at("13:00"), "resolved_at": at("13:00")},
        "ticket_history": [moved(1, "09:00", "resolved"), moved(2, "11:00", "reopened"), moved(3, "13:00", "resolved")],
        "expected": [("P1", "breached", 5 * HOUR_US)],
    },
    "reopened later it had stopped": {
        "measure": {"kind": "resolve", "reopen": {"rule": "continue_within", "hours": 1}, "per_severity": {"P1": {"resolve_h": 4}}},
        "incident": {"restored_at": at("13:00"), "resolved_at": at("13:00")},
        "ticket_history": [moved(1, "09:00", "resolved"), moved(2, "11:00", "reopened"), moved(3, "13:00", "resolved")],
        "expected": [("P1", "met", HOUR_US)],
    },
    "restored means mitigated where the contract says so": {
        "measure": {"kind": "restore", "stop_restore": "mitigated", "per_severity": P1_IN_4H},
        "incident": {"mitigated_at": at("09:00"), "restored_at": at("13:00")},
        "expected": [("P1", "met", HOUR_US)],
    },
    "a severity that the provider disputes is no breach in the headline if the milder target was met (R-DI3)": {
        "measure": {"kind": "restore", "per_severity": P1_IN_4H},
        "incident": {"restored_at": at("13:00")},
        "dispute": {"scope": "severity", "claimed_value": "P3"},
        "flags": ["MET_ONLY_BY_DISPUTE"],
        "expected": [("P1", "met", 5 * HOUR_US)],
    },
    "a severity that the provider disputes is a breach all the same if the milder target was missed too": {
        "measure": {"kind": "restore", "per_severity": {"P1": {"restore_h": 2}, "P3": {"restore_h": 4}}},
        "incident": {"restored_at": at("13:00")},
        "dispute": {"scope": "severity", "claimed_value": "P3"},
        "expected": [("P1", "breached", 5 * HOUR_US)],
    },
    "a disputed portion of the time is held out of the headline (R-DI1)": {
        "measure": {"kind": "restore", "per_severity": P1_IN_4H},
        "incident": {"restored_at": at("13:00")},
        "dispute": {"scope": "portion", "portion_us": HOUR_US},
        "flags": ["MET_ONLY_BY_DISPUTE"],
        "expected": [("P1", "met", 4 * HOUR_US)],
    },
    "a severity without a target is not judged": {
        "measure": {"kind": "restore", "per_severity": {"P2": {"restore_h": 8}}},
        "incident": {"restored_at": at("13:00")},
        "expected": [],
    },
    "a provider whose instants are not on record is clocked from the ticket, and the row says so": {
        "measure": {"kind": "restore", "per_severity": P1_IN_4H},
        "incident": {"reported_to_provider_at": None, "restored_at": at("09:00")},
        "flags": ["ANCHOR_FALLBACK"],
        "expected": [("P1", "met", HOUR_US)],
    },
}


@pytest.fixture(scope="module")
def judged() -> dict[str, dict[str, list[Row]]]:
    """Return by case its targets and their thresholds: each has a service, a contract and a P1 incident of 08:00 of its own."""
    tables: dict[str, list[Row]] = {}
    contracts = []
    for place, case in enumerate(CASES.values()):
        name = f"S{place}"
        incident = {"occurred_at": at("08:00"), "reported_to_provider_at": at("08:00"), "severity_initial": "P1", "severity_max": "P1"}
        dispute = {"dispute_id": name, "party": "provider", "subject_type": "incident", "subject_id": name, "state": "open"}
        version = {"contract_version_id": f"{name}@1"}
        named = version | {"incident_id": name, "service_id": name, "component_ids": [name], "ticket_key": name, "severity_final": "P1"}
        rows = {
            "staged.service_catalogue": [{"service_id": name, "component_id": name}],
            "reconciled.incidents": [named | incident | case["incident"]],
            "reconciled.incident_members": [{"incident_id": name, "raw_id": name, "source_key": name}],
            "staged.ticket": [{"ticket_key": name, "opened_at": at("08:00")}],
            "staged.severity_change": [{"ticket_key": name} | row for row in case.get("severity_change", [])],
            "staged.ticket_history": [{"ticket_key": name} | row for row in case.get("ticket_history", [])],
            "staged.dispute": [dispute | {"raised_at": RAISED} | case["dispute"]] if "dispute" in case else [],
        }
        for address, more in rows.items():
            tables.setdefault(address, []).extend(more)
        stated = {"clock_start": "informed_or_own_detection", "severity_change": "retroactive_strictest"}
        measure = stated | {"applies_to": {"services": [name]}} | case["measure"]
        contracts.append(contract_text({"clock": measure}, contract_id=name, credits={"form": "none"}))
    engine = measured(contracts, tables, only=["incident_targets", "target_thresholds"])
    found: dict[str, dict[str, list[Row]]] = {}
    for row in engine.rows("from measured.incident_targets order by severity"):
        reached = engine.rows("from measured.target_thresholds where target_id = ? order by threshold_pct", [row["target_id"]])
        case = found.setdefault(row["service_id"], {"targets": [], "thresholds": reached})
        case["targets"].append(row)
    return {name: found.get(f"S{place}", {"targets": []}) for place, name in enumerate(CASES)}


@pytest.mark.parametrize("name", CASES)
def test_a_clock_without_an_example(name, judged):
    targets = judged[name]["targets"]
    assert [(row["severity"], row["status"], row["elapsed_us"]) for row in targets] == CASES[name]["expected"]
    assert [flag for row in targets for flag in row["flags"]] == CASES[name].get("flags", [])
    assert not [row for row in targets if row["status"] == "met" and row["over_us"]], "what is met is not over"


def test_thresholds_say_when_each_share_of_the_target_was_used_up(judged):
    """Five hours of a target of four: half at 10:00, three quarters at 11:00, nine tenths at 11:36, all of it at 12:00."""
    reached = judged["reopened within the contract's hours the clock runs through"]["thresholds"]
    assert [(row["threshold_pct"], row["reached_at"].strftime("%H:%M")) for row in reached] == [
        (50, "10:00"),
        (75, "11:00"),
        (90, "11:36"),
        (100, "12:00"),
    ]


def test_a_threshold_that_the_clock_never_reached_has_no_instant(judged):
    assert [row["reached_at"] for row in judged["reopened later it had stopped"]["thresholds"]] == [None] * 4
