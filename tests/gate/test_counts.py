"""What the gate counts of files that were really landed and staged: by period, by landing, and whom a block touches (DOMAIN 4.5)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tasks.gate.doors import create_gate_tables, verdict_rows
from tasks.gate.rules import rules_of
from tasks.model.policy import resolve_policy
from tasks.model.run import Run
from tasks.store.engine import Engine
from tasks.store.knowledge import known_at
from tasks.store.reference import Reference
from tasks.store.run_tables import create_run_tables
from tests.stage.desk import NOON, Desk

DAY = timedelta(days=1)
CATALOGUE = (
    "service_id,component_id,sla_governed,valid_from,provider_id\nA,A,true,2020-01-01T00:00:00Z,p\nB,B,true,2020-01-01T00:00:00Z,p\n"
)
TICKETS = "ticket_key,service_raw,severity_raw,state,opened_at,resolved_at\n"
COUNTS = {"period": "VARCHAR"} | dict.fromkeys(("rule_id", "source_system", "entity", "scope_id", "observed"), "VARCHAR")
COUNTS |= dict.fromkeys(("checked", "failed", "doubtful"), "BIGINT")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return an estate with two governed services and one ticketing tool."""
    desk = Desk(tmp_path)
    desk.declare("reference", "service_catalogue")
    desk.declare("tool", "ticket")
    desk.land(("reference", "services.csv", CATALOGUE), at=NOON - 90 * DAY)
    return desk


def tickets(count: int, *, service: str = "A", key: str = "T", opened: str = "2026-10-07T10:00:00Z", resolved: str = "") -> str:
    return "".join(f"{key}-{place},{service},P1,closed,{opened},{resolved}\n" for place in range(count))


def judged(desk: Desk, month: int = 10, as_of: datetime | None = None) -> list[dict[str, Any]]:
    """Return the verdicts of a month of 2026."""
    known = known_at(desk.journal, as_of, now=datetime(2027, 1, 1, tzinfo=UTC))
    start_at, end_at = (datetime(2026, number, 1, tzinfo=UTC) for number in (month, month + 1))
    run = Run("0" * 16, "month", f"2026-{month:02}", start_at, end_at, known.as_of, "eu", "UTC")
    policy = resolve_policy()
    reference = Reference((), (), {}, policy, (), (), (), ())
    with Engine() as engine:
        desk.stage(as_of).show(engine)
        create_run_tables(engine, run, reference)
        create_gate_tables(engine, known.landings, reference, run)
        engine.create("measured.watch_counts", COUNTS, [watched(run.period)])
        rows = verdict_rows(engine, rules_of(policy.quality), reference, run.period)
    return [row for row in rows if row["period"] == run.period]


def watched(period: str) -> dict[str, Any]:
    keys = {"rule_id": "DQ-13", "source_system": "-", "entity": "monitoring_sample", "scope_id": "-"}
    return {"period": period} | keys | {"checked": 0, "failed": 0, "doubtful": 0}


def only(rows: Iterable[dict[str, Any]], rule_id: str, source: str = "tool") -> dict[str, Any]:
    (row,) = [row for row in rows if (row["rule_id"], row["source_system"]) == (rule_id, source)]
    return {name: row[name] for name in ("checked", "failed", "observed", "verdict", "affected")}


def test_a_block_marks_the_services_that_only_rows_set_aside_speak_of(desk: Desk) -> None:
    bad = tickets(50, service="B", key="B", resolved="2026-10-07T09:00:00Z")
    desk.land(("tool", "t.csv", TICKETS + tickets(50) + bad))
    assert only(judged(desk), "DQ-15") == {
        "checked": 100,
        "failed": 50,
        "observed": "50 of 100",
        "verdict": "block",
        "affected": ["A", "B"],
    }


@pytest.mark.parametrize(
    ("line", "affected"),
    [
        pytest.param("T-9,A,P1,new,soon,\n", ["A"], id="a row that names a service marks that one"),
        pytest.param("T-9,Coffee machine,P1,new,soon,\n", ["A", "B"], id="a row whose name nobody knows marks all"),
        pytest.param("T-9,,P1,new,soon,\n", ["A", "B"], id="a row without a name marks all"),
        pytest.param("T-9,A,P1\n", ["A", "B"], id="a broken line marks all"),
    ],
)
def test_a_row_set_aside_marks_whom_it_may_speak_of(desk: Desk, line: str, affected: list[str]) -> None:
    desk.land(("tool", "t.csv", TICKETS + tickets(3) + line))
    assert only(judged(desk), "DQ-15")["affected"] == affected


def test_landing_the_same_bad_rows_every_day_does_not_make_them_fewer(desk: Desk) -> None:
    bad = tickets(10, key="B", resolved="2026-10-07T09:00:00Z")
    for day in range(6):
        more = tickets(1, key=f"N{day}")
        desk.land(("tool", f"{day}.csv", TICKETS + tickets(90) + bad + more), at=NOON + day * DAY)
    rows = judged(desk)
    assert [only(rows, rule)["observed"] for rule in ("DQ-07", "DQ-15")] == ["10 of 106", "10 of 106"]
    assert only(rows, "DQ-15")["verdict"] == "block"


def test_a_ruined_month_is_not_thinned_by_the_good_ones_before_it_nor_held_against_the_next(desk: Desk) -> None:
    for month, end in ((9, ""), (10, "2026-10-07T09:00:00Z"), (11, "")):
        lines = tickets(100, key=f"M{month}", opened=f"2026-{month:02}-07T10:00:00Z", resolved=end)
        good = tickets(1, key=f"G{month}", opened=f"2026-{month:02}-01T00:00:00Z")
        desk.land(("tool", f"{month}.csv", TICKETS + good + lines), at=datetime(2026, month + 1, 1, tzinfo=UTC))
    observed = {month: only(judged(desk, month), "DQ-15")["observed"] for month in (9, 10, 11)}
    assert observed == {9: "0 of 101", 10: "100 of 101", 11: "0 of 101"}


def test_a_wrong_file_is_mended_by_landing_the_right_one(desk: Desk) -> None:
    wrong = "".join(f"T-{place},A,P1,closed,07/10/2026 10:00,\n" for place in range(30))
    desk.land(("tool", "t.csv", TICKETS + wrong))
    rows = judged(desk)
    assert only(rows, "DQ-01")["verdict"] == "block", "not one opened_at can be read: that is no column of instants"
    assert only(rows, "DQ-15")["observed"] == "30 of 30"
    desk.land(("tool", "right.csv", TICKETS + tickets(30)), at=NOON + DAY)
    mended = judged(desk)
    assert [only(mended, rule)["verdict"] for rule in ("DQ-01", "DQ-15")] == ["pass", "pass"]
    assert only(mended, "DQ-15")["observed"] == "0 of 30"
    desk.land(("tool", "again.csv", TICKETS + wrong.replace("30,\n", "30, \n")), at=NOON + 2 * DAY)
    assert only(judged(desk), "DQ-15")["verdict"] == "block", "a wrong file that comes after the right one is not mended by it"


def test_one_value_that_cannot_be_read_sets_its_row_aside_and_leaves_the_column_its_type(desk: Desk) -> None:
    desk.land(("tool", "t.csv", TICKETS + tickets(99) + "T-99,A,P1,closed,07/10/2026 10:00,\n"))
    rows = judged(desk)
    assert (only(rows, "DQ-01")["verdict"], only(rows, "DQ-15")["observed"]) == ("pass", "1 of 100")


@pytest.mark.parametrize("lines", [pytest.param(tickets(1).replace(",\n", ",,x\n"), id="with rows"), pytest.param("", id="without rows")])
def test_an_unknown_column_is_warned_of(desk: Desk, lines: str) -> None:
    desk.land(("tool", "t.csv", TICKETS.replace("\n", ",mood\n") + lines))
    row = only(judged(desk), "DQ-01")
    assert (row["observed"], row["verdict"]) == ("0 of 5; 1 unknown", "warn")
    assert [row["column_name"] for row in desk.rows("select column_name from staged.issues where issue = 'UNKNOWN_COLUMN'")] == ["mood"]


def test_an_empty_interval_is_dropped_and_no_verdict_calls_that_quarantine(desk: Desk) -> None:
    desk.declare("plans", "maintenance_window")
    header = "mw_key,components,start_at,end_at,kind\n"
    desk.land(("plans", "a.csv", header + "M-1,A,2026-10-01T00:00:00Z,2026-10-01T00:00:00Z,pre_approved\n"))
    rows = judged(desk)
    assert only(rows, "DQ-07", "plans")["observed"] == "0 of 1; 1 empty, dropped"
    assert [only(rows, rule, "plans")["verdict"] for rule in ("DQ-07", "DQ-15")] == ["pass", "pass"]


def test_a_service_of_which_no_source_could_tell_is_not_called_met(desk: Desk) -> None:
    desk.declare("acme", "vendor_record")
    desk.land(("acme", "v.csv", "vendor_key,provider_id,title,started_at,status\nV-1,q,x,2026-10-07T10:00:00Z,final\n"))
    row = only(judged(desk), "DQ-08", "-")
    assert (row["observed"], row["verdict"], row["affected"]) == ("2 of 2 services without a source", "block", ["A", "B"])
    desk.land(("tool", "t.csv", TICKETS + tickets(1)))
    assert only(judged(desk), "DQ-08", "-")["verdict"] == "pass"


def test_alerts_that_a_message_left_out_are_a_known_loss_which_warns_and_a_repetition_adds_none(desk: Desk) -> None:
    alert = {"status": "firing", "fingerprint": "1a", "startsAt": "2026-10-07T10:00:00Z", "labels": {"alertname": "Down", "service": "A"}}
    other = alert | {"fingerprint": "2b"}
    told = [([alert], 0), ([alert], 3), ([alert], 3), ([other, alert], 2)]
    lines = [json.dumps({"version": "4", "alerts": alerts, "truncatedAlerts": left_out}) for alerts, left_out in told]
    desk.declare("pager", adapter="alertmanager")
    desk.land(("pager", "hooks.ndjson", "\n".join(lines) + "\n"), extracted_at="2026-11-03T06:00:00Z")
    row = only(judged(desk), "DQ-08", "pager")
    assert row["verdict"] == "warn"
    assert row["observed"].endswith("; 5 left out by the source's own word, of 2 messages")
