"""Claim events make no run of the month they are about, and are known to what is made from later knowledge (DOMAIN 4.4)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tasks.store.knowledge import known_at
from tests.stage.desk import NOON, Desk

TICKETS = "ticket_key,service_raw,priority_raw,state,opened_at\n"


def land(desk: Desk, name: str, day: int) -> None:
    desk.land(("tool", f"{name}.csv", TICKETS + f"{name},Shop,P1,new,2026-10-07T10:00:00Z\n"), at=NOON + timedelta(days=day))


def test_a_claim_event_is_known_to_what_is_made_from_later_knowledge(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.declare("tool", "ticket")
    land(desk, "T-1", 0)
    before = known_at(desk.journal, None, now=NOON + timedelta(days=9))
    event = {"claim_event_id": "E-1", "claim_id": "K-1", "claim_version": 1, "event": "filed", "happened_at": "2026-11-04T08:00:00Z"}
    desk.journal.append("claim_event", event, now=NOON + timedelta(days=1), entity="claim_event", object_id="E-1")
    filed = known_at(desk.journal, None, now=NOON + timedelta(days=9))
    assert filed.inputs == before.inputs, "filing names no other run"
    land(desk, "T-2", 2)
    later = known_at(desk.journal, None, now=NOON + timedelta(days=9))
    assert [row["kind"] for row in later.inputs] == ["landing", "claim_event", "landing"]
    with desk.shown() as engine:
        (row,) = engine.rows("select claim_id, event from staged.claim_event")
    assert row == {"claim_id": "K-1", "event": "filed"}
