"""Where sources disagree, and what people decided about it (DOMAIN 4.3); the words of an incident (4.2); links to changes."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.store.engine import Engine
from tests.reconcile.world import MEASURE, RECORDED, VERSION, Row, at, by_case, reconciled, side_by_side, up_around


def ticket(**columns: Any) -> Row:
    return {
        "ticket_key": "INC-1",
        "opened_at": at("10:00"),
        "restored_at": at("11:00"),
        "state": "restored",
        "component_raw": "shop",
    } | columns


def vendor(**columns: Any) -> Row:
    return {"vendor_key": "V-1", "started_at": at("10:00"), "ended_at": at("11:00")} | columns


def found(engine: Engine, *types: str) -> list[tuple[Any, ...]]:
    rows = engine.rows(
        "select type, field, observed, expected from reconciled.discrepancies where list_contains(?, type) order by all", [list(types)]
    )
    return [tuple(row.values()) for row in rows]


DOWNGRADE: Row = {
    "ticket_key": "INC-1",
    "source_system": "desk",
    "changed_at": at("10:20"),
    "recorded_at": at("10:20"),
    "old": "P2",
    "new": "P4",
    "reason_code": "impact_reduced",
    "justification": "only one shop is affected",
    "author_ref": "P-1",
    "approver_ref": "P-2",
}
NIGHT: Row = {"mw_key": "M-1", "start_at": at("10:30"), "end_at": at("10:50"), "approver_role": "change_manager"}
IN_TIME: Row = {"notice_at": at("10:00", 1), "approved_at": at("10:00", 2)}


DIFFERENCES = [
    pytest.param(
        {"ticket": [ticket(severity_raw="P4")], "severity_change": [DOWNGRADE]},
        [],
        id="RC-D9 a downgrade justified, approved and written at once",
    ),
    pytest.param(
        {"ticket": [ticket(severity_raw="P4")], "severity_change": [DOWNGRADE | {"approver_ref": "P-1"}]},
        [("DOWNGRADE_UNJUSTIFIED", "severity", "P4", "P2")],
        id="RC-D9 a downgrade that its author approved",
    ),
    pytest.param(
        {"ticket": [ticket(severity_raw="P2")], "severity_change": [DOWNGRADE | {"old": "P4", "new": "P2", "approver_ref": None}]},
        [],
        id="RC-D9 an upgrade needs no justification",
    ),
    pytest.param(
        {"ticket": [ticket()], "maintenance_window": [NIGHT | IN_TIME]}, [], id="RC-D9 maintenance with notice and approval in time"
    ),
    pytest.param(
        {"ticket": [ticket()], "maintenance_window": [NIGHT | IN_TIME | {"notice_at": at("09:00")}]},
        [("EXCLUSION_UNSUPPORTED", "pre_approved_maintenance", "NOTICE_TOO_SHORT", "it counts")],
        id="RC-D9 maintenance during an outage, announced too late",
    ),
    pytest.param(
        {"ticket": [ticket()], "maintenance_window": [NIGHT | {"start_at": at("12:00"), "end_at": at("13:00")}]},
        [],
        id="RC-D9 maintenance while nothing was down asks for nothing",
    ),
    pytest.param(
        {"ticket": [ticket(severity_raw="P2")], "vendor_record": [vendor(severity_raw="high")]}, [], id="RC-D4 the same after mapping"
    ),
    pytest.param(
        {"ticket": [ticket(severity_raw="P2")], "vendor_record": [vendor(severity_raw="low")]},
        [("SEVERITY_MISMATCH", "vendor.severity", "P4", "P2")],
        id="RC-D4 another level",
    ),
    pytest.param(
        {"ticket": [ticket(responsibility="provider")], "vendor_record": [vendor(responsibility="customer")]},
        [("RESPONSIBILITY_MISMATCH", "responsibility", "customer", "provider")],
        id="RC-D11 parties name different causes",
    ),
    pytest.param({"ticket": [ticket()], "vendor_record": [vendor(responsibility="customer")]}, [], id="RC-D11 nothing to differ from yet"),
    pytest.param(
        {"ticket": [ticket()], "vendor_record": [vendor(provider_id="other")]},
        [("PROVIDER_MISMATCH", "provider_id", "other", "acme")],
        id="RC-D11 the record names another provider than the contract",
    ),
    pytest.param(
        {"service_catalogue": [{"provider_id": "other", "service_id": "shop"}], "ticket": [ticket()]},
        [("PROVIDER_MISMATCH", "provider_id", "other", "acme")],
        id="RC-D11 the catalogue names another provider than the contract",
    ),
    pytest.param(
        {"ticket": [ticket(severity_raw="urgent")]},
        [("ENUM_UNMAPPED", "severity_raw", "urgent", None)],
        id="RC-D10 a severity that no map knows",
    ),
    pytest.param(
        {
            "ticket": [ticket()],
            "ticket_history": [{"ticket_key": "INC-1", "seq": seq, "changed_at": at("10:10"), "new": "in_progress"} for seq in (1, 3)],
        },
        [("HISTORY_GAP", "seq", "2", "3")],
        id="RC-D10 a gap in the history",
    ),
    pytest.param(
        {
            "ticket": [ticket(state="closed", closed_at=at("12:00"))],
            "ticket_history": [
                {"ticket_key": "INC-1", "seq": 1, "changed_at": at("12:00"), "field": "severity", "new": "P3"},
                {"ticket_key": "INC-1", "seq": 2, "changed_at": at("12:01"), "field": "comment", "new": "thanks"},
                {"ticket_key": "INC-1", "seq": 3, "changed_at": at("12:02"), "field": "severity", "new": "P4"},
            ],
        },
        [("POST_CLOSURE_EDIT", "severity", at("12:02"), at("12:00"))],
        id="RC-D10 edited after it was closed",
    ),
    pytest.param(
        {
            "issues": [
                {
                    "raw_id": "set aside",
                    "source_system": "desk",
                    "entity": "ticket",
                    "issue": "AMBIGUOUS_LOCAL_TIME",
                    "column_name": "opened_at",
                    "value_text": "2026-10-25 02:15",
                    "candidates": ["2026-10-25T00:15:00Z", "2026-10-25T01:15:00Z"],
                }
            ]
        },
        [("AMBIGUOUS_LOCAL_TIME", "opened_at", "2026-10-25 02:15", "2026-10-25T00:15:00Z | 2026-10-25T01:15:00Z")],
        id="RC-D10 a row set aside by staging, with both readings",
    ),
]


@pytest.fixture(scope="module")
def differences():
    return by_case(
        side_by_side(case.values[0] for case in DIFFERENCES),
        """
        select coalesce(raw_ids[1], service_id) as told, type, field, observed, expected
        from reconciled.discrepancies
        left join reconciled.incidents using (incident_id)
        where type in ('SEVERITY_MISMATCH', 'RESPONSIBILITY_MISMATCH', 'PROVIDER_MISMATCH', 'ENUM_UNMAPPED', 'HISTORY_GAP',
                       'POST_CLOSURE_EDIT', 'AMBIGUOUS_LOCAL_TIME', 'DOWNGRADE_UNJUSTIFIED', 'EXCLUSION_UNSUPPORTED')
        order by all
        """,
    )


@pytest.mark.parametrize("case", range(len(DIFFERENCES)), ids=[case.id for case in DIFFERENCES])
def test_a_difference_is_named_with_what_was_said_and_what_holds(differences, case):
    assert differences[case] == DIFFERENCES[case].values[1]


def unknown(count: int) -> str:
    return f"a service_id, component_id or alias of the catalogue (records: {count})"


UNKNOWN_NAMES = [
    pytest.param({"ticket": [ticket()]}, [], id="names that the catalogue has"),
    pytest.param({"ticket": [ticket(service_raw="Der Laden", component_raw="kasse")]}, [], id="aliases that it has"),
    pytest.param({"ticket": [ticket(service_raw="Shpo")]}, [("desk", "service_raw", "Shpo", unknown(1), "I-")], id="a ticket's service"),
    pytest.param(
        {"ticket": [ticket(component_raw="till 7")]}, [("desk", "component_raw", "till 7", unknown(1), "I-")], id="a ticket's component"
    ),
    pytest.param(
        {"ticket": [ticket(ticket_key=f"INC-{day}", service_raw="Shpo", opened_at=at("10:00", day)) for day in (3, 4, 5)]},
        [("desk", "service_raw", "Shpo", unknown(3), "I-")],
        id="three tickets of one name are one row",
    ),
    pytest.param(
        {"vendor_record": [vendor(component_raw="EU-1")]}, [("acme", "component_raw", "EU-1", unknown(1), "I-")], id="a vendor's word"
    ),
    pytest.param({"vendor_record": [vendor(component_raw="EU-1", status="withdrawn")]}, [], id="a withdrawn record says nothing"),
    pytest.param(
        {"alert": [{"alert_key": f"A-{minute}", "component_raw": "db9", "fired_at": at(f"10:{minute}")} for minute in (10, 20)]},
        [("pager", "component_raw", "db9", unknown(2), None)],
        id="alerts",
    ),
    pytest.param(
        {"monitoring_sample": up_around([(at("10:00"), at("11:00"))], at("08:00"), at("14:00"), component_raw="db9")},
        [("probes", "component_raw", "db9", unknown(3), None)],
        id="samples: three runs, whatever they saw",
    ),
    pytest.param(
        {"maintenance_window": [{"mw_key": "M", "components": ["shop", "x", "y"], "start_at": at("10:00"), "end_at": at("11:00")}]},
        [("plans", "components[2]", "x", unknown(1), None), ("plans", "components[3]", "y", unknown(1), None)],
        id="two names of one maintenance window are two rows",
    ),
    pytest.param(
        {"change": [{"change_key": "C", "components": ["x"], "started_at": at("10:00")}]},
        [("desk", "components[1]", "x", unknown(1), None)],
        id="a change",
    ),
    pytest.param(
        {
            "exclusion_request": [
                {"request_id": "R", "component_id": "x", "incident_ref": "I-1", "start_at": at("10:00"), "end_at": at("11:00")}
            ]
        },
        [("journal", "component_id", "x", unknown(1), None)],
        id="an exclusion request",
    ),
    pytest.param(
        {
            "service_catalogue": [{"service_id": "shop"}, {"service_id": "shop", "component_id": "old", "valid_to": at("10:00")}],
            "ticket": [ticket(component_raw="old")],
        },
        [("desk", "component_raw", "old", unknown(1), "I-")],
        id="a name that the catalogue no longer had",
    ),
]


@pytest.fixture(scope="module")
def unknown_names():
    catalogue = [
        {"service_id": "shop", "aliases": ["Der Laden"]},
        {"service_id": "shop", "component_id": "till", "parent_id": "shop", "aliases": ["kasse"]},
    ]
    engine = side_by_side({"service_catalogue": catalogue} | case.values[0] for case in UNKNOWN_NAMES)
    assert engine.rows("select discrepancy_id from reconciled.discrepancies group by all having count(*) > 1") == []
    return by_case(
        engine,
        """
        select raw_ids[1], source_system, field, observed, expected, left(incident_id, 2) as incident, instant_text(opened_at) as opened_at
        from reconciled.discrepancies where type = 'REFERENCE_CONFLICT' order by field, observed
        """,
    )


@pytest.mark.parametrize("case", range(len(UNKNOWN_NAMES)), ids=[case.id for case in UNKNOWN_NAMES])
def test_a_name_that_the_catalogue_does_not_know_is_told_once_with_its_first_record(unknown_names, case):
    assert unknown_names[case] == [(*row, RECORDED) for row in UNKNOWN_NAMES[case].values[1]]


def test_an_alert_on_an_unknown_name_is_an_orphan_for_that_reason():
    engine = reconciled({"alert": [{"alert_key": "A", "component_raw": "db9", "fired_at": at("10:00"), "cleared_at": at("10:10")}]})
    (row,) = engine.rows("select placed_as, reason from reconciled.placement")
    assert row == {"placed_as": "orphan", "reason": "unknown_name"}


@pytest.mark.parametrize(
    ("as_of", "role", "reporter", "is_missing"),
    [
        pytest.param("2026-06-18T00:00:00Z", "provider", "acme", True, id="when the fifth working day after the report is over"),
        pytest.param("2026-06-17T23:59:59Z", "provider", "acme", False, id="not before: Wednesday plus five working days is Wednesday"),
        pytest.param("2026-07-01T00:00:00Z", "internal_team", "acme", False, id="an internal team reports to nobody"),
        pytest.param("2026-07-01T00:00:00Z", "provider", "other", False, id="no record of this provider ever came in: nobody can tell"),
    ],
)
def test_a_provider_has_five_working_days_to_report_an_outage(as_of, role, reporter, is_missing):
    told_before = {"vendor_key": "V-0", "provider_id": reporter, "started_at": at("10:00", 1), "ended_at": at("11:00", 1)}
    staged = {"ticket": [ticket()], "vendor_record": [told_before]}
    engine = reconciled(staged, as_of=as_of, run={"run.contract_versions": [VERSION | {"provider_role": role}]})
    assert bool(found(engine, "MISSING_IN_VENDOR_REPORT")) == is_missing


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        pytest.param("2026-06-10", 5, "2026-06-17", id="Wednesday"),
        pytest.param("2026-06-12", 1, "2026-06-15", id="Friday"),
        pytest.param("2026-06-13", 1, "2026-06-15", id="Saturday"),
        pytest.param("2026-06-14", 5, "2026-06-19", id="Sunday"),
        pytest.param("2026-06-11", 12, "2026-06-29", id="more than two weeks"),
    ],
)
def test_working_days_are_monday_to_friday(day, count, expected):
    with Engine() as engine:
        assert engine.rows("select weekdays_after(?::date, ?::bigint)::varchar as day", [day, count]) == [{"day": expected}]


@pytest.mark.parametrize(
    ("alert", "is_orphan"),
    [
        pytest.param({}, True, id="true positive, longer than five minutes, on a service under a level"),
        pytest.param({"cleared_at": at("10:05")}, False, id="five minutes are not longer than five"),
        pytest.param({"disposition": "undispositioned"}, False, id="nobody called it true"),
        pytest.param({"component_raw": "unknown"}, False, id="a component that no catalogue knows"),
        pytest.param({"incident_ref": "INC-1"}, False, id="it found its incident"),
    ],
)
def test_a_true_alert_without_incident_is_an_orphan(alert, is_orphan):
    fired = {"alert_key": "A", "fired_at": at("10:00"), "cleared_at": at("10:06")} | alert
    engine = reconciled({"alert": [fired], "ticket": [ticket(opened_at=at("18:00"), restored_at=at("19:00"))]})
    assert bool(found(engine, "ORPHAN_ALERT")) == is_orphan


def test_a_decision_sets_the_state_of_a_discrepancy_until_it_is_revoked():
    told: dict[str, Any] = {"vendor_record": [vendor()]}
    (row,) = reconciled(told).rows("select discrepancy_id, state, instant_text(opened_at) as opened_at from reconciled.discrepancies")
    assert (row["state"], row["opened_at"]) == ("open", RECORDED)
    decision = {
        "discrepancy_decision_id": "D-1",
        "discrepancy_id": row["discrepancy_id"],
        "decision": "explained",
        "author_role": "service_manager",
        "decided_at": RECORDED,
    }
    (decided,) = reconciled(told | {"discrepancy_decision": [decision]}).rows("select state, decision_ref from reconciled.discrepancies")
    assert decided == {"state": "explained", "decision_ref": "D-1"}
    taken_back = {"revocation": [{"revocation_id": "R", "object_type": "discrepancy_decision", "object_id": "D-1"}]}
    (again,) = reconciled(told | {"discrepancy_decision": [decision]} | taken_back).rows("select state from reconciled.discrepancies")
    assert again == {"state": "open"}


REVIEW: Row = {"review_id": "R-1", "incident_ref": "INC-1", "cause_key": "dns", "responsibility": "third_party", "concluded_at": RECORDED}
PROBLEM: Row = {"problem_key": "P-1", "incident_refs": ["INC-1"], "cause_key": "cache", "responsibility": "internal"}


CAUSES = [
    pytest.param({}, ("disk", "provider", "ticket"), id="the ticket's word"),
    pytest.param({"problem": [PROBLEM]}, ("cache", "internal", "problem_record"), id="a problem record outranks it"),
    pytest.param(
        {"problem": [PROBLEM], "review": [REVIEW]}, ("dns", "third_party", "concluded_review"), id="a concluded review outranks both"
    ),
    pytest.param({"review": [REVIEW | {"concluded_at": None}]}, ("disk", "provider", "ticket"), id="a review still open says nothing"),
]


@pytest.fixture(scope="module")
def causes():
    engine = side_by_side({"ticket": [ticket(cause_code="disk", responsibility="provider")]} | case.values[0] for case in CAUSES)
    return by_case(
        engine,
        """
        select incident.service_id, incident.cause_key, incident.responsibility, provenance.rule_id
        from reconciled.incidents as incident
        inner join reconciled.field_provenance as provenance on incident.incident_id = provenance.incident_id
        where provenance.field = 'cause_key'
        """,
    )


@pytest.mark.parametrize("case", range(len(CAUSES)), ids=[case.id for case in CAUSES])
def test_cause_and_responsibility_follow_the_review_then_the_problem_then_the_ticket(causes, case):
    assert causes[case] == [CAUSES[case].values[1]]


def test_severity_is_of_the_ticket_of_record_and_at_worst_over_all():
    seen = up_around([(at("10:00"), at("11:00"))], at("08:00"), at("14:00"))
    engine = reconciled(
        {
            "monitoring_sample": seen,
            "ticket": [ticket(severity_raw="P3", major_flag=True), ticket(ticket_key="INC-2", opened_at=at("10:10"), severity_raw="P2")],
        }
    )
    (incident,) = engine.rows(
        "select ticket_key, severity_initial, severity_max, severity_final, major, flags, tickets from reconciled.incidents"
    )
    assert incident == {
        "ticket_key": "INC-1",
        "severity_initial": "P3",
        "severity_max": "P2",
        "severity_final": "P3",
        "major": True,
        "flags": ["DECLARED_NOT_DERIVED"],
        "tickets": 2,
    }


CHANGE: Row = {"change_key": "C-1", "started_at": at("05:00"), "ended_at": at("06:00")}


CHANGES = [
    pytest.param({"change": [CHANGE]}, [("same_component", "candidate", "rule", 240)], id="ended four hours before: still a candidate"),
    pytest.param({"change": [CHANGE | {"ended_at": at("05:59")}]}, [], id="a minute earlier is none"),
    pytest.param({"change": [CHANGE | {"ended_at": None}]}, [("same_component", "candidate", "rule", -29640)], id="still running at as_of"),
    pytest.param({"change": [CHANGE | {"started_at": at("10:01"), "ended_at": at("10:30")}]}, [], id="begun after it occurred"),
    pytest.param({"change": [CHANGE | {"components": ["bank"]}]}, [("dependency", "candidate", "rule", 240)], id="on a dependency"),
    pytest.param(
        {"change": [CHANGE | {"components": ["Bankhaus"]}]},
        [("dependency", "candidate", "rule", 240)],
        id="on a dependency, by an alias",
    ),
    pytest.param({"change": [CHANGE | {"components": ["alien"]}]}, [], id="elsewhere"),
    pytest.param(
        {
            "change": [CHANGE | {"started_at": at("01:00"), "ended_at": at("02:00")}],
            "ticket": [ticket(change_ref="C-1", change_link_by="person")],
        },
        [("same_component", "confirmed", "person", 480)],
        id="asserted by a person, whenever it was",
    ),
    pytest.param(
        {"change": [CHANGE], "ticket": [ticket(change_ref="C-1", change_link_by="tool")]},
        [("same_component", "candidate", "rule", 240)],
        id="asserted by a tool",
    ),
    pytest.param(
        {"change": [CHANGE], "review": [REVIEW | {"change_ref": "C-1", "change_link_by": "person"}]},
        [("same_component", "confirmed", "review", 240)],
        id="found in a concluded review",
    ),
    pytest.param(
        {
            "change": [CHANGE],
            "change_link_review": [{"change_link_review_id": "L", "incident_ref": "INC-1", "change_key": "C-1", "decision": "rejected"}],
        },
        [("same_component", "rejected", "person", 240)],
        id="rejected by a person",
    ),
]


@pytest.fixture(scope="module")
def changes():
    services = [{"service_id": "shop"}, {"service_id": "bank", "parent_id": "shop", "aliases": ["Bankhaus"]}, {"service_id": "alien"}]
    engine = side_by_side({"service_catalogue": services, "ticket": [ticket()]} | case.values[0] for case in CHANGES)
    links = "select change_key, relation, status, status_by, lag_us // 60000000 as minutes from reconciled.change_links"
    return by_case(engine, links), by_case(engine, "select service_id, change_related from reconciled.incidents")


@pytest.mark.parametrize("case", range(len(CHANGES)), ids=[case.id for case in CHANGES])
def test_changes_are_candidates_by_time_and_confirmed_by_people(changes, case):
    links, incidents = changes
    expected = CHANGES[case].values[1]
    assert links[case] == expected
    statuses = {row[1] for row in expected}
    assert incidents[case] == [("confirmed" if "confirmed" in statuses else "candidate" if "candidate" in statuses else "none",)]


def test_a_repetition_names_the_incident_restored_last_before_it():
    days = (1, 3, 5)
    tickets = [ticket(ticket_key=f"INC-{day}", cause_code="disk", opened_at=at("10:00", day), restored_at=at("11:00", day)) for day in days]
    engine = reconciled({"ticket": tickets})
    rows = engine.rows("""
        select incident.ticket_key, earlier.ticket_key as repeats
        from reconciled.incidents as incident
        left join reconciled.incidents as earlier on incident.recurrence_of = earlier.incident_id
        order by all
    """)
    assert [tuple(row.values()) for row in rows] == [("INC-1", None), ("INC-3", "INC-1"), ("INC-5", "INC-3")]


def test_the_contract_in_force_when_it_occurred_says_who_owes():
    versions = [
        VERSION | {"contract_version_id": "OLA@1", "contract_id": "OLA", "provider_id": "team", "provider_role": "internal_team"},
        VERSION | {"contract_version_id": "ACME@1", "effective_to": at("00:00", 5)},
        VERSION | {"contract_version_id": "ACME@2", "effective_from": at("00:00", 5)},
    ]
    measures = [MEASURE | {"contract_version_id": version["contract_version_id"]} for version in versions]
    tickets = [ticket(ticket_key=f"INC-{day}", opened_at=at("00:00", day), restored_at=at("01:00", day)) for day in (4, 5)]
    engine = reconciled({"ticket": tickets}, run={"run.contract_versions": versions, "run.measures": measures})
    rows = engine.rows("select ticket_key, provider_id, contract_version_id from reconciled.incidents order by all")
    assert [tuple(row.values()) for row in rows] == [("INC-4", "acme", "ACME@1"), ("INC-5", "acme", "ACME@2")]


DETECTED = [
    pytest.param({"ticket": [ticket(reported_via="user")]}, (at("10:00"), "user"), id="a user's report"),
    pytest.param(
        {"ticket": [ticket(reported_via="user")], "alert": [{"alert_key": "A", "fired_at": at("09:58"), "incident_ref": "INC-1"}]},
        (at("09:58"), "monitoring"),
        id="an alert before it",
    ),
    pytest.param(
        {
            "ticket": [ticket(occurred_at=at("09:59"), reported_via="user")],
            "alert": [
                {"alert_key": "A", "fired_at": at("09:58"), "disposition": "false_positive", "incident_ref": "INC-1"},
            ],
        },
        (at("10:00"), "user"),
        id="a false alert detects nothing",
    ),
    pytest.param({"vendor_record": [vendor()]}, (None, "provider"), id="only the provider knew"),
]


@pytest.fixture(scope="module")
def detected():
    engine = side_by_side(case.values[0] for case in DETECTED)
    return by_case(engine, "select service_id, instant_text(detected_at), first_detected_by from reconciled.incidents")


@pytest.mark.parametrize("case", range(len(DETECTED)), ids=[case.id for case in DETECTED])
def test_detection_is_the_first_signal_on_our_side(detected, case):
    assert detected[case] == [DETECTED[case].values[1]]


def test_a_signal_long_before_the_outage_did_not_detect_it():
    seen = up_around([(at("10:00"), at("11:00"))], at("08:00"), at("14:00"))
    early = ticket(opened_at=at("10:02"), detected_at=at("09:54:59"))
    (row,) = reconciled({"monitoring_sample": seen, "ticket": [early]}).rows(
        "select instant_text(detected_at) as detected from reconciled.incidents"
    )
    assert row["detected"] == at("10:02")
    in_time = ticket(opened_at=at("10:02"), detected_at=at("09:55"))
    (row,) = reconciled({"monitoring_sample": seen, "ticket": [in_time]}).rows(
        "select instant_text(detected_at) as detected from reconciled.incidents"
    )
    assert row["detected"] == at("09:55")
