"""How `sla explain` words an incident's target, and which pack it reads."""

import json
from datetime import UTC, datetime

import pytest

from tasks.publish.explain import explain, target_words
from tasks.store.engine import Engine
from tests.publish.estate import home_at

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


def shelve(home, period: str, run_id: str, as_of: str, *, is_preview: bool = False) -> None:
    """Put a pack on the shelf that holds a ticket set aside and nothing else."""
    folder = home.pack("month", period, run_id)
    (folder / "tables").mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"as_of": as_of, "is_preview": is_preview}))
    with Engine() as engine:
        row = "'ticket' as entity, 'INC-1' as source_key, 'desk' as source_system, 't.csv' as source_file, 1 as source_row, ['X'] as issues"
        engine.execute(f"copy (select {row}) to '{folder}/tables/quarantine.parquet' (format parquet)")


def test_a_subject_is_read_from_the_finished_pack_known_latest_and_the_pack_is_named(tmp_path):
    home = home_at(tmp_path)
    shelve(home, "2026-11", "aa", "2026-11-20T06:00:00Z", is_preview=True)
    shelve(home, "2026-10", "bb", "2026-11-03T06:00:00Z")
    shelve(home, "2026-09", "cc", "2026-11-10T06:00:00Z")
    shelve(home, "2026-08", "dd", "2026-11-10T06:00:00Z")
    proof = explain(home, "INC-1")
    assert proof.in_words().splitlines()[1] == "read from month/2026-09/cc, as of 2026-11-10T06:00:00Z"
    assert proof.as_dict()["pack"] == "month/2026-09/cc, as of 2026-11-10T06:00:00Z"


def test_a_preview_is_read_where_no_finished_pack_knows_the_subject(tmp_path):
    home = home_at(tmp_path)
    shelve(home, "2026-11", "aa", "2026-11-20T06:00:00Z", is_preview=True)
    assert explain(home, "INC-1").in_words().splitlines()[1].endswith("as of 2026-11-20T06:00:00Z, a preview")
