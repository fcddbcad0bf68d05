"""Metrics of windows: what was due and in time, what is left out, what may be said against the window before (M-07 to M-16)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tasks.store.engine import Engine
from tests.measure.estate import contract_text, measured
from tests.measure.examples import Case, cases
from tests.measure.world import Row

DUTIES = {case.case if case.example_id == "E98" else case.example_id: case for case in cases("clock") if case.example_id in ("E98", "E99")}


def named(incident_id: str, **columns: Any) -> tuple[Row, Row]:
    """Return an incident and its name."""
    return {"incident_id": incident_id, **columns}, {"name": incident_id, "incident_id": incident_id}


def due_world() -> dict[str, list[Row]]:
    """Return the incidents of E98, each reviewed as its case says, and the one of E99, escalated as it says."""
    tables: dict[str, list[Row]] = {
        name: [] for name in ("reconciled.incidents", "reconciled.incident_names", "staged.review", "staged.escalation_decision")
    }
    for name in ("on_time", "late"):
        given = DUTIES[name].given
        incident, own_name = named(name, occurred_at=given["resolved"], resolved_at=given["resolved"], major=True)
        review = {"review_id": f"PIR-{name}", "kind": "internal", "incident_ref": name, "completed_at": given["completed"]}
        tables["reconciled.incidents"].append(incident)
        tables["reconciled.incident_names"].append(own_name)
        tables["staged.review"].append(review)
    given = DUTIES["E99"].given
    escalated, own_name = named(
        "INC-1", ticket_key="INC-1", occurred_at=given["detected"], detected_at=given["detected"], severity_max="P1", status="open"
    )
    tables["reconciled.incidents"].append(escalated)
    tables["reconciled.incident_names"].append(own_name)
    tables["staged.escalation_decision"] = [
        {"esc_id": "1", "ticket_key": "INC-1", "to_tier": "L3", "decision": "escalate", "decided_at": given["decided"]},
        {"esc_id": "2", "ticket_key": "INC-1", "to_tier": "M1", "decision": "hold", "decided_at": given["detected"]},
    ]
    return tables


@pytest.fixture(scope="module")
def due() -> Iterator[Engine]:
    with measured([contract_text()], due_world(), only=["all_duties", "escalation_duties"]) as engine:
        yield engine


def verdict(due_at: datetime, late_us: int) -> dict[str, Any]:
    late_s = late_us // 1_000_000
    return {"due_at": due_at.strftime("%Y-%m-%dT%H:%M:%SZ"), "in_time": late_us == 0} | ({"over_s": late_s} if late_s else {})


@pytest.mark.parametrize("case", [DUTIES["on_time"], DUTIES["late"]], ids=lambda case: case.case)
def test_a_review_is_due_72_elapsed_hours_after_the_incident_was_resolved(due: Engine, case: Case) -> None:
    (row,) = due.rows("select due_us, late_us from measured.all_duties where kind = 'review' and duty_id = $id", {"id": case.case})
    assert verdict(datetime.fromtimestamp(row["due_us"] // 10**6, UTC), row["late_us"]) == case.expected


def test_an_escalation_is_late_by_the_second(due: Engine) -> None:
    (row,) = due.rows("select due_at, late_us from measured.escalation_duties where tier = 'L3'")
    assert verdict(row["due_at"], row["late_us"]) == DUTIES["E99"].expected


def test_a_higher_tier_serves_the_lower_one_of_its_line_and_to_hold_back_is_no_escalation(due: Engine) -> None:
    found = due.rows("select tier, status from measured.escalation_duties order by tier")
    assert [tuple(row.values()) for row in found] == [("L2", "late"), ("L3", "late"), ("M1", "missing"), ("exec", "missing")]
