"""Claimed pauses: allowed by the contract or not, evidenced by a request that the customer could see or not (R-PA1, R-PA2, E38)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tasks.store.engine import Engine
from tests.reconcile.world import MEASURE, at, reconciled

TERMS = {
    "contract_version_id": "ACME@1",
    "contract_id": "ACME",
    "measure_id": "back",
    "severity": "P2",
    "pause_reasons": ["waiting_customer"],
}
STATES = [
    ("12:00", "waiting_customer"),  # E38: asked for at 12:00, the customer sees it at 14:00
    ("15:00", "in_progress"),
    ("15:10", "waiting_vendor"),  # the contract names waiting_customer only
    ("15:30", "in_progress"),
    ("16:00", "waiting_customer"),  # nobody told the customer
    ("16:20", "in_progress"),
    ("17:00", "waiting_customer"),  # told in the minute in which it began
    ("17:30", "in_progress"),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    ticket = {"ticket_key": "T-1", "severity_raw": "P2", "opened_at": at("09:00"), "restored_at": at("19:00")}
    history = [{"ticket_key": "T-1", "seq": seq, "changed_at": at(clock), "new": state} for seq, (clock, state) in enumerate(STATES, 1)]
    comments = [
        {"ticket_key": "T-1", "seq": 20 + seq, "field": "comment", "changed_at": at(clock), "new": "please test", "is_public": is_public}
        for seq, (clock, is_public) in enumerate([("14:00", True), ("16:10", False), ("17:00", True)])
    ]
    run = {"run.incident_terms": [TERMS], "run.measures": [MEASURE, MEASURE | {"measure_id": "back", "kind": "restore"}]}
    with reconciled({"ticket": [ticket], "ticket_history": [*history, *comments]}, run=run) as engine:
        yield engine


def test_a_pause_is_supported_only_by_a_request_that_the_customer_could_see(engine):
    rows = engine.rows("select strftime(start_at, '%H:%M') as start, status from reconciled.pause_intervals order by start_at")
    assert [(row["start"], row["status"]) for row in rows] == [
        ("12:00", "supported"),
        ("15:10", "not_allowed"),
        ("16:00", "unsupported"),
        ("17:00", "supported"),
    ]


def test_what_is_not_evidenced_is_a_discrepancy_with_its_length(engine):
    """Two hours before the request of 14:00, and the twenty minutes that nobody was told of; the pause of 17:00 is evidenced whole."""
    rows = engine.rows(
        "select observed, delta_us // 60000000 as minutes from reconciled.discrepancies where type = 'PAUSE_UNSUPPORTED' order by 1"
    )
    assert [(row["observed"], row["minutes"]) for row in rows] == [
        ("waiting_customer from 2026-06-10T12:00:00Z to 2026-06-10T14:00:00Z", 120),
        ("waiting_customer from 2026-06-10T16:00:00Z to 2026-06-10T16:20:00Z", 20),
    ]
