"""People: no name that a payload plants is in a staged row; a person has one keyed pseudonym, programs keep their names (DOMAIN 8)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tasks.model.errors import LedgerError
from tests.stage.desk import Desk, person

NAMES = ("smith", "ann", "bob", "PUSER1", "5b10a2844c")  # planted in every payload, as name, e-mail or account
SERVICENOW = """\
documentkey,fieldname,oldvalue,newvalue,user,sys_created_on
Incident: INC0010001,state,1,2,ann.smith@example.org,2026-10-07 10:10:00
Incident: INC0010001,assigned_to,Bob Smith,Ann Smith,Ann.Smith@example.org,2026-10-07 10:11:00
Incident: INC0010001,state,2,6,system,2026-10-07 13:00:00
"""
ANN, ANN_ID = {"displayName": "Ann Smith", "emailAddress": "ann@example.org"}, "5b10a2844c20165700ede21g"
JIRA: dict[str, Any] = {
    "key": "SUP-1",
    "fields": {
        "summary": "Down",
        "created": "2026-10-07T10:00:00.000+0000",
        "status": {"name": "Open"},
        "priority": {"name": "High"},
        "comment": {"comments": [{"author": ANN | {"name": "ann.smith"}, "body": "On it", "created": "2026-10-07T10:05:00.000+0000"}]},
    },
    "changelog": {
        "histories": [
            {
                "author": ANN | {"accountId": ANN_ID, "accountType": "atlassian"},
                "created": "2026-10-07T10:06:00.000+0000",
                "items": [{"field": "assignee", "from": None, "fromString": None, "to": ANN_ID, "toString": "Ann Smith"}],
            },
            {
                "author": {"accountId": "rule", "accountType": "app"},
                "created": "2026-10-07T10:07:00.000+0000",
                "items": [{"field": "status", "fromString": "Open", "toString": "Resolved"}],
            },
        ]
    },
}
PAGERDUTY = {
    "event": {
        "id": "01A",
        "event_type": "incident.acknowledged",
        "occurred_at": "2026-10-07T10:04:00.000Z",
        "agent": {"id": "PUSER1", "type": "user_reference", "summary": "Ann Smith"},
        "data": {"id": "PINV1", "status": "acknowledged", "created_at": "2026-10-07T10:00:00Z", "title": "Down", "urgency": "high"},
    }
}
LOG = """\
entity: ticket
rows: {kind: event_log, key: no, order_by: [at], take: last, history: true}
fields: {ticket_key: no, service_raw: service, severity_raw: prio, state: state, opened_at: opened, changed_at: at, actor_ref: who}
defaults: {actor_kind: human}
"""
LOG_ROWS = """\
no,service,prio,state,opened,at,who
1,Shop,P1,new,2026-10-07T10:00:00Z,2026-10-07T10:00:00Z,ann.smith
1,Shop,P1,closed,2026-10-07T10:00:00Z,2026-10-07T11:00:00Z,Ann.Smith
"""


@pytest.fixture
def keyed(desk: Desk) -> Desk:
    """Return an empty estate with a key that the test knows."""
    desk.give_key()
    return desk


@pytest.mark.parametrize(
    ("adapter", "name", "payload", "actors"),
    [
        pytest.param(
            "servicenow_history",
            "audit.csv",
            SERVICENOW,
            [("state", person("ann.smith@example.org")), ("assigned_to", person("ann.smith@example.org")), ("state", "system")],
            id="ServiceNow sys_audit",
        ),
        pytest.param(
            "jira_sm",
            "search.json",
            json.dumps({"issues": [JIRA]}),
            [("comment", person("ann.smith")), ("assignee", person(ANN_ID)), ("state", "rule")],
            id="Jira",
        ),
        pytest.param("pagerduty", "hooks.ndjson", json.dumps(PAGERDUTY), [("state", person("puser1"))], id="PagerDuty"),
        pytest.param("mapping", "log.csv", LOG_ROWS, [("state", person("ann.smith"))], id="any table, by its mapping"),
    ],
)
def test_no_name_of_a_payload_is_in_a_staged_row(keyed: Desk, adapter: str, name: str, payload: str, actors: list[tuple[str, str]]) -> None:
    if adapter == "mapping":
        keyed.map("tool", LOG)
    else:
        keyed.declare("tool", adapter=adapter, zone="UTC")
    keyed.land(("tool", name, payload))
    assert keyed.values("select field, actor_ref from staged.ticket_history order by changed_at") == actors
    tables = [file for piece in keyed.stage().pieces for file in piece.path.glob("*.parquet")]
    with keyed.shown() as engine:
        rows = [str(row) for file in tables for row in engine.rows(f"from read_parquet('{file}')")]
    assert len(rows) > len(actors)
    assert [planted for planted in NAMES for row in rows if planted.lower() in row.lower()] == []


def test_who_takes_over_a_ticket_is_a_pseudonym_too(keyed: Desk) -> None:
    keyed.declare("tool", adapter="servicenow_history", zone="UTC")
    keyed.land(("tool", "audit.csv", SERVICENOW))
    query = "select old, new from staged.ticket_history where field = 'assigned_to'"
    assert keyed.values(query) == [(person("bob smith"), person("ann smith"))]


def test_a_home_makes_its_key_when_a_person_is_first_staged_and_keeps_it(desk: Desk) -> None:
    desk.declare("tool", adapter="pagerduty")
    desk.declare("desk", "ticket")
    desk.land(("desk", "t.csv", "ticket_key,service_raw,severity_raw,state,opened_at\nT-1,Shop,P1,new,2026-10-07T10:00:00Z\n"))
    desk.stage()
    assert not desk.home.region_key_path.exists()
    desk.land(("tool", "hooks.ndjson", json.dumps(PAGERDUTY)))
    first = desk.values("select actor_ref from staged.ticket_history")
    assert desk.home.region_key_path.stat().st_mode & 0o777 == 0o600
    assert desk.values("select actor_ref from staged.ticket_history") == first != [("PUSER1",)]


def test_a_spoilt_key_is_refused_and_not_quoted(desk: Desk) -> None:
    desk.home.region_key_path.write_text("hush-hush-4711")
    desk.declare("tool", adapter="pagerduty")
    desk.land(("tool", "hooks.ndjson", json.dumps(PAGERDUTY)))
    with pytest.raises(LedgerError, match="no key for pseudonyms") as error:
        desk.stage()
    assert "4711" not in str(error.value)
