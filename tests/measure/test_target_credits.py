"""Money for single incidents: blocks of the time over target (R-CR7), cited by target."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tasks.publish.explain import clock_spans, target_words
from tests.measure.estate import contract_text, make_calendar, measured
from tests.measure.world import Row

BLOCKS = {"form": "per_block", "block_min": 30, "pct_per_block": "5", "partial_block": "counts", "currency": "EUR"}
BILL = {"source_system": "erp", "invoice_id": "RE-1", "period": "2026-06", "currency": "EUR"}
LINE = {"line_no": 1, "fee_line_id": "F", "service_id": "shop", "amount": "2000.00", "one_time": False, "tax": False}


def incident(name: str, day: int, restored: str, cause: str) -> Row:
    """Return a P1 incident of 08:00, which the provider detected half an hour after it was told."""
    severities = {f"severity_{which}": "P1" for which in ("initial", "max", "final")}
    instants = {"occurred_at": f"2026-06-{day:02}T08:00:00Z", "detected_at": f"2026-06-{day:02}T08:00:00Z"}
    told = {"reported_to_provider_at": f"2026-06-{day:02}T08:30:00Z", "restored_at": f"2026-06-{day:02}T{restored}:00Z"}
    return {"incident_id": name, "contract_version_id": "ACME@1", "cause_key": cause} | severities | instants | told


@pytest.fixture(scope="module")
def month() -> dict[str, Any]:
    """Return June: restores 100 and 20 minutes over their target of four hours, and one in time; the clock's start is left open."""
    measure = {"kind": "restore", "severity_change": "retroactive_strictest", "per_severity": {"P1": {"restore_h": 4}}, "credits": BLOCKS}
    rows = [incident("I-1", 10, "14:10", "disk"), incident("I-2", 11, "12:50", "rota"), incident("I-3", 12, "12:00", "disk")]
    engine = measured(
        [contract_text({"back": measure}, credits={"form": "none"})],
        {
            "reconciled.incidents": rows,
            "staged.invoice": [BILL | {"provider_id": "acme", "total": "2000.00"}],
            "staged.invoice_line": [BILL | LINE],
        },
    )
    return {name: engine.rows(f"from measured.{name}") for name in ("credits", "claims", "incident_targets")}


def test_each_missed_restore_is_paid_by_the_time_over_its_target(month):
    """100 minutes over are four begun blocks, 20 % of EUR 2,000; 20 minutes are one; what came in time has no line."""
    lines = [row for row in month["credits"] if row["variant"] == "headline"]
    assert sorted((row["quantity"], row["payable"]) for row in lines) == [
        (Decimal("1.000000"), Decimal("100.0000")),
        (Decimal("4.000000"), Decimal("400.0000")),
    ]
    targets = {row["target_id"] for row in month["incident_targets"] if row["status"] == "breached"}
    assert {target for row in lines for target in row["target_ids"]} == targets
    assert all(row["sla_result_ids"] == [] for row in lines)


def test_the_lower_reading_is_claimed(month):
    """From detection the restores took half an hour longer: more money, so that what is claimed is the headline's (R-RD1)."""
    (claim,) = month["claims"]
    assert (claim["amount"], len(claim["credit_ids"])) == (Decimal("500.0000"), 2)
    assert {row["claimable"] for row in month["credits"] if row["variant"] == "headline"} == {Decimal("400.0000"), Decimal("100.0000")}
    assert {row["payable"] for row in month["credits"] if row["variant"] == "other_reading"} == {Decimal(0)}


def test_the_ledger_of_a_clock_accounts_for_every_second():
    """From 15:00 on Friday to 10:00 on Monday at an office of 9 to 17: an hour open, an hour paused, closed till Monday, an hour open."""
    office = make_calendar(
        "office", {"timezone": "UTC", "weekly": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
    )
    measure = {
        "kind": "restore",
        "clock_start": "reported_to_provider",
        "severity_change": "retroactive_strictest",
        "service_hours": "office",
        "pauses": {"allowed": True, "reasons": ["waiting_customer"]},
        "per_severity": {"P1": {"restore_h": 4}},
    }
    told = incident("I-1", 12, "10:00", "disk") | {"reported_to_provider_at": "2026-06-12T15:00:00Z", "restored_at": "2026-06-15T10:00:00Z"}
    pause = {"ticket_key": "T-1", "incident_id": "I-1", "start_at": "2026-06-12T16:00:00Z", "end_at": "2026-06-12T18:00:00Z"}
    request = {"raw_id": "request", "ticket_key": "T-1", "seq": 1, "field": "comment", "changed_at": "2026-06-12T16:00:00Z"}
    engine = measured(
        [contract_text({"back": measure}, credits={"form": "none"})],
        {
            "reconciled.incidents": [told],
            "reconciled.pause_intervals": [pause | {"reason": "waiting_customer", "evidence_raw_id": "request"}],
            "staged.ticket_history": [request | {"is_public": True}],
        },
        calendars={"office": office},
    )
    rows = engine.rows("""
        select strftime(start_at, '%d %H:%M') as start, counted_as, rule_id, length_us // 60000000 as minutes
        from measured.clock_ledger where subject_kind = 'incident_target' order by start_at
    """)
    assert [tuple(row.values()) for row in rows] == [
        ("12 15:00", "counted", "R-CL3", 60),
        ("12 16:00", "paused", "R-PA1", 60),
        ("12 17:00", "closed", "R-BH1", 64 * 60),
        ("15 09:00", "counted", "R-CL3", 60),
    ]
    (target,) = engine.rows("from measured.incident_targets")
    assert [target[f"{what}_us"] // 60_000_000 for what in ("elapsed", "paused", "closed")] == [120, 60, 64 * 60]
    assert [span["counted_as"] for span in clock_spans(engine, target)] == ["counted", "paused", "closed", "counted"]
    assert target_words(target).endswith(
        "ACME@1 back, restore of P1: met, 2 h 00 min 00 s of 4 h 00 min 00 s, 1 h 00 min 00 s paused, 64 h 00 min 00 s closed; "
        "from 2026-06-12T15:00:00Z (reported_to_provider), due 2026-06-15T12:00:00Z (R-SV1 retroactive_strictest)"
    )
