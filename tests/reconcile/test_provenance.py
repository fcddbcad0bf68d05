"""One outage told by monitoring, a ticket and a vendor: who wins, who lost, what a person may set (examples: test_examples)."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.store.engine import Engine
from tests.reconcile.world import at, reconciled, up_around

Span = tuple[str, str]
MINUTE_US = 60_000_000
COMPARED = "('TIMESTAMP_SKEW', 'DURATION_UNDERSTATED', 'DURATION_OVERSTATED', 'OUTAGE_NOT_OBSERVED')"


def told(
    monitoring: list[Span],
    ticket: Span | None = None,
    vendor: Span | None = None,
    severity: str = "P3",
    watched_until: str = "14:00",
    **how: Any,
) -> Engine:
    """Return the world in which monitoring watched from 08:00 and saw the spans down; ticket and vendor say theirs."""
    staged: dict[str, Any] = {
        "monitoring_sample": up_around([(at(start), at(end)) for start, end in monitoring], at("08:00"), at(watched_until)),
        **how.pop("staged", {}),
    }
    if ticket:
        start, end = (at(clock) for clock in ticket)
        staged["ticket"] = [
            {
                "ticket_key": "INC-1",
                "severity_raw": severity,
                "opened_at": start,
                "occurred_at": start,
                "restored_at": end,
                "state": "restored",
            }
        ]
    if vendor:
        staged["vendor_record"] = [{"vendor_key": "V-1", "started_at": at(vendor[0]), "ended_at": at(vendor[1])}]
    return reconciled(staged, **how)


def the_incident(engine: Engine) -> dict[str, Any]:
    """Return the one incident; one outage told three times is one incident."""
    (incident,) = engine.rows("""
        select incident_id, instant_text(occurred_at) as occurred, instant_text(restored_at) as restored, outage_basis, down_us
        from reconciled.incidents
    """)
    return incident


def winner(engine: Engine, field: str) -> dict[str, str]:
    (row,) = engine.rows(
        """
        select coalesce(member.entity, 'override') as entity, provenance.rule_id
        from reconciled.field_provenance as provenance
        left join reconciled.incident_members as member on provenance.winner_raw_id = member.raw_id
        where provenance.field = ?
        """,
        [field],
    )
    return row


def differences(engine: Engine) -> set[tuple[str, str | None, int | None]]:
    rows = engine.rows(f"select type, field, delta_us // 1000000 as delta_s from reconciled.discrepancies where type in {COMPARED}")
    return {(row["type"], row["field"], row["delta_s"]) for row in rows}


def intervals(engine: Engine) -> list[Span]:
    rows = engine.rows(
        "select strftime(start_at, '%H:%M') as s, strftime(end_at, '%H:%M') as e from reconciled.outage_intervals order by start_at"
    )
    return [(row["s"], row["e"]) for row in rows]


def test_every_field_keeps_the_records_that_lost():
    engine = told([("10:00:30", "10:58")], ticket=("10:06", "11:20"), vendor=("10:10", "10:45"))
    (row,) = engine.rows("select candidates->>'$[*].rule_id' as rules from reconciled.field_provenance where field = 'restored_at'")
    assert row["rules"] == ["stable_monitoring", "ticket_restored", "contradicted_by_monitoring"]


def test_a_providers_earlier_start_is_an_admission_and_is_used():
    engine = told([("10:00", "10:40")], vendor=("09:55", "10:40"))
    incident = the_incident(engine)
    assert (incident["occurred"], incident["restored"]) == (at("09:55"), at("10:40"))
    assert incident["down_us"] == 45 * MINUTE_US
    assert winner(engine, "occurred_at") == {"entity": "vendor_record", "rule_id": "admission_against_interest"}
    assert winner(engine, "restored_at")["entity"] == "monitoring_sample"
    assert differences(engine) == set()
    (interval,) = engine.rows("select basis, extended_by from reconciled.outage_intervals")
    assert interval == {"basis": "monitoring", "extended_by": "start"}


def test_a_providers_later_end_is_an_admission_too():
    engine = told([("10:00", "10:40")], vendor=("10:05", "10:50"))
    assert the_incident(engine)["restored"] == at("10:50")
    assert intervals(engine) == [("10:00", "10:50")]


def test_coverage_of_exactly_the_limit_is_coverage():
    assert intervals(told([], ticket=("10:00", "10:20"), watched_until="10:19")) == []
    assert intervals(told([], ticket=("10:00", "10:20"), watched_until="10:18:59")) == [("10:00", "10:20")]


OVERRIDE = {"override_id": "O-1", "field": "restored", "value": at("10:40"), "reason": "the probe hung until eleven"}


@pytest.mark.parametrize(
    ("decisions", "restored", "source"),
    [
        pytest.param({}, at("11:00"), "monitoring_sample", id="before it was recorded"),
        pytest.param({"override": [OVERRIDE]}, at("10:40"), "override", id="active"),
        pytest.param({"override": [OVERRIDE | {"value": "10.06.2026 10:40"}]}, at("11:00"), "monitoring_sample", id="no instant"),
        pytest.param(
            {"override": [OVERRIDE], "revocation": [{"revocation_id": "R-1", "object_type": "override", "object_id": "O-1"}]},
            at("11:00"),
            "monitoring_sample",
            id="revoked",
        ),
    ],
)
def test_an_override_outranks_all_until_it_is_revoked(decisions, restored, source):
    incident_id = the_incident(told([("10:00", "11:00")]))["incident_id"]
    decided = {name: [row | {"subject_id": incident_id} for row in rows] for name, rows in decisions.items()}
    engine = told([("10:00", "11:00")], staged=decided)
    assert the_incident(engine)["restored"] == restored
    assert winner(engine, "occurred_at")["entity"] == "monitoring_sample"
    assert winner(engine, "restored_at")["entity"] == source


def test_an_override_of_a_bound_moves_the_outage_and_is_named_as_its_basis():
    incident_id = the_incident(told([("10:00", "11:00")]))["incident_id"]
    engine = told([("10:00", "11:00")], staged={"override": [OVERRIDE | {"subject_id": incident_id}]})
    assert intervals(engine) == [("10:00", "10:40")]
    assert the_incident(engine)["outage_basis"] == "override"
    (row,) = engine.rows("select candidates->>'$[*].rule_id' as rules from reconciled.field_provenance where field = 'restored_at'")
    assert row["rules"] == ["override", "stable_monitoring"], "the loser stays visible"


@pytest.mark.parametrize(
    "set_to",
    [
        pytest.param({"restored": "09:30"}, id="an end before the start"),
        pytest.param({"occurred": "11:30"}, id="a start after the end"),
        pytest.param({"occurred": "10:50", "restored": "10:10"}, id="both, the wrong way round"),
    ],
)
def test_an_override_that_ends_before_it_starts_does_not_stand_and_is_told(set_to):
    incident_id = the_incident(told([("10:00", "11:00")]))["incident_id"]
    named = {field: OVERRIDE | {"override_id": field, "subject_id": incident_id, "field": field} for field in set_to}
    engine = told([("10:00", "11:00")], staged={"override": [named[field] | {"value": at(time)} for field, time in set_to.items()]})
    assert intervals(engine) == [("10:00", "11:00")], "no outage is erased by a slip of a date"
    assert the_incident(engine)["outage_basis"] == "monitoring"
    rows = engine.rows("select field, observed, expected from reconciled.discrepancies where type = 'TIMELINE_ORDER' order by field")
    bounds = {"occurred": at("11:00"), "restored": at("10:00")}
    assert [(row["field"], row["observed"], row["expected"]) for row in rows] == [
        (f"{field}_at", at(time), bounds[field]) for field, time in sorted(set_to.items())
    ]


def test_a_ticket_that_says_restored_while_monitoring_still_sees_it_down_does_not_restore():
    samples = up_around([(at("10:00"), at("14:00"))], at("08:00"), at("14:00"), extracted_at=at("14:00"))
    engine = told([], ticket=("10:05", "11:00"), staged={"monitoring_sample": samples})
    assert the_incident(engine)["restored"] is None
    (row,) = engine.rows("select status from reconciled.incidents")
    assert row["status"] == "open"
