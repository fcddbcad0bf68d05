"""How `sla explain` words an incident's target."""

from datetime import UTC, datetime

import pytest

from tasks.publish.explain import target_words

TARGET = {
    "target_id": "TG-1",
    "contract_version_id": "ACME@1",
    "measure_id": "restore",
    "kind": "restore",
    "severity": "P1",
    "status": "breached",
    "elapsed_us": 5_400_000_000,
    "target_us": 3_600_000_000,
    "paused_us": 600_000_000,
    "closed_us": 0,
    "started_at": datetime(2026, 10, 7, 10, tzinfo=UTC),
    "start_basis": "opened_at",
    "due_at": datetime(2026, 10, 7, 11, 10, tzinfo=UTC),
    "decided_by": "R-CL1",
    "flags": ["ANCHOR_FALLBACK"],
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "from 2026-10-07T10:00:00Z (opened_at), due 2026-10-07T11:10:00Z (R-CL1, ANCHOR_FALLBACK)"),
        ({"due_at": None, "flags": []}, "due after the last day that its calendar knows (R-CL1)"),
    ],
    ids=["with its instant", "beyond the calendar"],
)
def test_a_target_says_when_it_was_due(changes, said):
    words = target_words(TARGET | changes)
    assert words.startswith("TG-1  ACME@1 restore, restore of P1: breached, 1 h 30 min 00 s of 1 h 00 min 00 s, 10 min 00 s paused; ")
    assert words.endswith(said)
