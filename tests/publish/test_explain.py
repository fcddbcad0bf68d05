"""How `sla explain` words an incident's target, and which pack it reads."""

import json
from datetime import UTC, datetime

import pytest

from tasks.model.dictionary import dictionary
from tasks.publish.explain import explain, target_words
from tasks.store.engine import Engine
from tasks.store.home import open_home
from tests.flows.small_home import make_small_home
from tests.measure.estate import contract_text, make_calendar, measured
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


OFFICE = make_calendar("office", {"timezone": "UTC", "weekly": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}})
RESTORE = {
    "kind": "restore",
    "clock_start": "reported_to_provider",
    "severity_change": "retroactive_strictest",
    "service_hours": "office",
    "pauses": {"allowed": True, "reasons": ["waiting_customer"]},
    "per_severity": {"P1": {"restore_h": 1}},
    "credits": {"form": "per_block", "currency": "EUR", "block_min": 30, "pct_per_block": "5", "partial_block": "none"},
}
INVOICES = [{"invoice_id": "RE-1", "provider_id": "acme", "period": "2026-06", "currency": "EUR", "total": "1000"}]
LINE = {"invoice_id": "RE-1", "line_no": 1, "service_id": "shop", "fee_line_id": "hosting"}
LINES = [LINE | {"period": "2026-06", "amount": "1000", "currency": "EUR"}]


@pytest.fixture(scope="module")
def friday(tmp_path_factory):
    """A home whose pack holds one target of an hour: reported Friday 15:00, an hour's pause at 16:00, restored Monday 10:00."""
    home = open_home(make_small_home(tmp_path_factory.mktemp("home")))
    instants = {"reported_to_provider_at": "2026-06-12T15:00:00Z", "restored_at": "2026-06-15T10:00:00Z"}
    told = {"incident_id": "I-1", "occurred_at": "2026-06-12T15:00:00Z", "severity_max": "P1", "severity_final": "P1", **instants}
    pause = {"ticket_key": "T-1", "incident_id": "I-1", "start_at": "2026-06-12T16:00:00Z", "end_at": "2026-06-12T18:00:00Z"}
    asked = {"raw_id": "0123456789abcdef", "ticket_key": "T-1", "seq": 1, "field": "comment", "changed_at": "2026-06-12T16:00:00Z"}
    engine = measured(
        [contract_text({"back": RESTORE})],
        {
            "reconciled.incidents": [told],
            "reconciled.pause_intervals": [pause | {"reason": "waiting_customer", "evidence_raw_id": asked["raw_id"]}],
            "staged.ticket_history": [asked | {"is_public": True}],
            "staged.invoice": INVOICES,
            "staged.invoice_line": LINES,
        },
        calendars={"office": OFFICE},
    )
    tables = home.pack("month", "2026-06", "aa") / "tables"
    tables.mkdir(parents=True)
    (tables.parent / "manifest.json").write_text(json.dumps({"as_of": "2026-10-01T00:00:00Z", "is_preview": False}))
    with engine:
        for name, table in dictionary().tables.items():
            if engine.has(f"{table.room}.{name}"):
                engine.execute(f"copy {table.room}.{name} to '{tables}/{name}.parquet' (format parquet)")
        (target,) = engine.rows("from measured.incident_targets")
    return home, target["target_id"]


def test_a_target_is_explained_second_by_second_with_the_records_that_stopped_its_clock(friday):
    home, target_id = friday
    proof = explain(home, target_id)
    assert proof.sections["Clock"] == [
        "2026-06-12T15:00:00Z – 2026-06-12T16:00:00Z  1 h 00 min 00 s  counted (R-CL3)  I-1",
        "2026-06-12T16:00:00Z – 2026-06-12T17:00:00Z  1 h 00 min 00 s  paused (R-PA1)  I-1, by 0123456789ab…",
        "2026-06-12T17:00:00Z – 2026-06-15T09:00:00Z  64 h 00 min 00 s  closed (R-BH1)  I-1",
        "2026-06-15T09:00:00Z – 2026-06-15T10:00:00Z  1 h 00 min 00 s  counted (R-CL3)  I-1",
        "2 h 00 min 00 s counted + 1 h 00 min 00 s paused + 64 h 00 min 00 s closed = 67 h 00 min 00 s"
        " from 2026-06-12T15:00:00Z to 2026-06-15T10:00:00Z",
    ]
    assert proof.as_dict()["wall_us"] == 67 * 3_600_000_000


def test_a_target_says_when_its_shares_were_used_up_and_what_is_owed(friday):
    """An hour over is two half hours: 10 % of EUR 1,000."""
    home, target_id = friday
    proof = explain(home, target_id)
    assert proof.sections["Share of the target used"] == [
        "50 %: at 2026-06-12T15:30:00Z",
        "75 %: at 2026-06-12T15:45:00Z",
        "90 %: at 2026-06-12T15:54:00Z",
        "100 %: at 2026-06-12T16:00:00Z",
    ]
    assert proof.sections["Credit"][0].endswith("per_block, headline/default: payable EUR 100.00")
    assert proof.sections["Target"][0].startswith(f"{target_id}  ACME@1 back, restore of P1: breached, 2 h 00 min 00 s of 1 h 00 min 00 s")
    assert proof.sections["What would turn the verdict"] == [
        f"{target_id} breached: if an end had been earlier by 1 h 00 min 00 s, met",
        f"{target_id} breached: if a start had been later by 1 h 00 min 00 s, met",
    ]
