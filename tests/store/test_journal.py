"""The journal: append-only by the database's own means, one chain, and a word for whatever was done to it."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from tasks.model.dictionary import FOLDER
from tasks.model.errors import LedgerError
from tasks.model.identity import sha256_json
from tasks.store.home import Home
from tasks.store.journal import HASHED, KINDS, Entry, Journal, Witness, chain_faults
from tasks.store.keys import Signer, new_key
from tasks.store.knowledge import known_at

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path, "Test", "eu", "UTC")


@pytest.fixture
def journal(home):
    journal = Journal.open(home)
    landings = [Entry("landing", {"file": name, "file_sha256": name * 64, "source_system": "desk", "rows": 1}) for name in "ab"]
    journal.append_many(landings, now=NOON)
    journal.append("run", {"run_id": "r"}, now=NOON)
    return journal


def edit(home, *statements):
    """Do to the file what its own triggers forbid, as a person with a database tool could."""
    with sqlite3.connect(home.journal_path) as connection:
        for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f"drop trigger {name}")
        for statement in statements:
            connection.execute(statement)


def unguarded(faults):
    """Return the faults but for those that say the guards were dropped."""
    return [fault for fault in faults if "no longer guarded" not in fault]


def test_columns_and_kinds_are_those_of_the_dictionary():
    journal = yaml.safe_load((FOLDER / "entities.yml").read_text())["journal"]
    assert [*HASHED, "hash"] == [column["name"] for column in journal["columns"]]
    assert list(KINDS) == journal["columns"][2]["enum"]


def test_a_hash_is_that_of_the_canonical_json_array_of_all_columns_before_it(journal):
    row = journal.rows()[2]
    columns = [3, "2026-11-03T12:00:00.000001Z", "run", None, None, "system", None, False, row.body_sha256, None, None, row.prev_hash]
    assert row.body_sha256 == sha256_json({"run_id": "r"})
    assert row.hash == sha256_json(columns)


def test_rows_of_one_call_share_an_instant_and_the_next_call_is_later_even_when_the_clock_stands(journal):
    instants = [row.recorded_from for row in journal.rows()]
    assert instants == [NOON, NOON, NOON + timedelta(microseconds=1)]


def test_a_clock_set_back_does_not_turn_the_journal_back(journal):
    row = journal.append("run", {}, now=NOON - timedelta(days=1))
    assert row.recorded_from == NOON + timedelta(microseconds=2)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("update journal set kind = 'seal' where seq = 1", id="no update"),
        pytest.param("delete from journal where seq = 3", id="no delete"),
        pytest.param(
            f"insert into journal select 9, {', '.join(HASHED[1:])}, hash from journal where seq = 3",
            id="no gap",
        ),
        pytest.param("insert or replace into journal select * from journal where seq = 3", id="no replace"),
        pytest.param("insert or ignore into journal select * from journal where seq = 2", id="no ignored conflict"),
        pytest.param(
            "insert into journal select * from journal where seq = 3 on conflict do update set kind = 'seal'", id="no change by conflict"
        ),
        pytest.param(
            f"insert into journal select 4, {', '.join(HASHED[1:])}, hash from journal where seq = 3", id="no row beside the chain"
        ),
        pytest.param("insert into journal_body values (9, '{}')", id="no body without its row"),
        pytest.param("update or replace journal_body set seq = 2 where seq = 1", id="no body moved"),
        pytest.param("update journal_body set body = '{}' where seq = 1", id="no other body"),
        pytest.param("delete from journal_body where seq = 1", id="no lost body"),
        pytest.param("insert or replace into journal_body values (1, '{}')", id="no replaced body"),
    ],
)
def test_the_database_itself_refuses_to_rewrite(home, journal, statement):
    with sqlite3.connect(home.journal_path) as connection, pytest.raises(sqlite3.DatabaseError):
        connection.execute(statement)
    assert journal.verify() == []


def test_an_emptied_body_keeps_the_chain_whole(home, journal):
    with sqlite3.connect(home.journal_path) as connection:
        connection.execute("update journal_body set body = null where seq = 1")
    assert journal.verify() == []
    assert journal.rows()[0].body is None


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        pytest.param(["update journal set actor_ref = 'P-1' where seq = 2"], "row 2 was altered", id="a column edited"),
        pytest.param(
            ['update journal_body set body = \'{"file":"x"}\' where seq = 1'], "body of journal row 1 was altered", id="a body edited"
        ),
        pytest.param(["delete from journal where seq = 2"], "rows 2 to 2 are missing", id="a row deleted"),
        pytest.param(["delete from journal_body where seq = 2"], "body of journal row 2 is missing", id="a body deleted"),
        pytest.param(
            [
                "update journal set seq = 9 where seq = 1",
                "update journal set seq = 1 where seq = 2",
                "update journal set seq = 2 where seq = 9",
            ],
            "row 1 does not follow",
            id="rows swapped",
        ),
    ],
)
def test_verify_names_what_was_done_and_where(home, journal, statements, words):
    edit(home, *statements)
    assert any(words in fault for fault in unguarded(Journal.open(home).verify()))


def test_what_was_not_touched_is_not_named(home, journal):
    edit(home, "update journal set actor_ref = 'P-1' where seq = 2")
    assert unguarded(journal.verify()) == ["journal row 2 was altered: its hash differs"]


def test_guards_taken_away_or_made_harmless_are_missed(home, journal):
    with sqlite3.connect(home.journal_path) as connection:
        connection.execute("drop trigger journal_no_delete")
        connection.execute("drop trigger journal_no_update")
        connection.execute("create trigger journal_no_update before update on journal begin select 1; end")
    faults = Journal.open(home).verify()
    assert sorted(fault.split()[7] for fault in faults) == ["journal_no_delete", "journal_no_update"]


@pytest.mark.parametrize(
    ("seal", "words"),
    [
        pytest.param({"journal_head_seq": 3, "journal_head_hash": "f" * 64}, "has seen another journal row 3", id="a chain written anew"),
        pytest.param({"journal_head_seq": 7, "journal_head_hash": "f" * 64}, "rows 5 to 7 are missing at the end", id="a tail cut off"),
    ],
)
def test_a_seal_contradicts_a_journal_that_is_no_longer_what_it_saw(journal, seal, words):
    journal.append("seal", seal, now=NOON)
    (fault,) = journal.verify()
    assert fault.endswith(words) or words in fault
    assert "the seal in journal row 4" in fault


def test_a_bundle_contradicts_a_tail_cut_off_with_its_seals(home, journal):
    head = journal.head()
    edit(home, "delete from journal where seq = 3", "delete from journal_body where seq = 3")
    (fault,) = unguarded(journal.verify([Witness("month/2026-10/r", head.seq, head.hash)]))
    assert fault == "journal rows 3 to 3 are missing at the end: month/2026-10/r has seen them"


def test_a_row_dated_back_is_named_even_if_its_hash_was_made_to_fit(home, journal):
    row = journal.rows()[2]
    hashed = [3, "2026-11-03T11:00:00.000000Z", *[getattr(row, name) for name in HASHED[2:]]]
    edit(home, f"update journal set recorded_from = '{hashed[1]}', hash = '{sha256_json(hashed)}' where seq = 3")
    assert unguarded(journal.verify()) == ["journal row 3 is not recorded after row 2"]


def test_a_signed_row_whose_signature_is_another_text_s_is_named(home, journal, tmp_path):
    new_key(tmp_path / "key.pem", outside=tmp_path / "elsewhere")
    row = journal.append("decision", {"dispute_id": "D"}, now=NOON, signer=Signer(tmp_path / "key.pem"))
    assert journal.verify() == []
    forged = Signer(tmp_path / "key.pem").sign("f" * 64)
    hashed = [getattr(row, name) for name in HASHED[2:]]
    hashed[HASHED.index("signature") - 2] = forged
    digest = sha256_json([row.seq, "2026-11-03T12:00:00.000002Z", *hashed])
    edit(home, f"update journal set signature = '{forged}', hash = '{digest}' where seq = {row.seq}")
    assert unguarded(journal.verify()) == [f"journal row {row.seq} is not signed by the key that it names"]


def test_a_body_that_is_no_json_any_more_does_not_hide_the_other_faults(home, journal):
    journal.append("seal", {"journal_head_seq": 1, "journal_head_hash": journal.rows()[0].hash}, now=NOON)
    edit(home, "update journal_body set body = '{' where seq = 4", "update journal set actor_ref = 'P-1' where seq = 1")
    faults = unguarded(journal.verify())
    assert faults[:2] == ["journal row 1 was altered: its hash differs", "the body of journal row 4 was altered: its hash differs"]


def test_a_damaged_database_is_a_fault_and_no_crash(home, journal):
    content = bytearray(home.journal_path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    home.journal_path.write_bytes(bytes(content))
    (fault,) = journal.verify()
    assert "the journal is damaged" in fault


def test_two_writers_at_once_make_one_chain(home, journal):
    def write(number):
        Journal.open(home).append("access", {"number": number}, now=NOON)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(12)))
    assert journal.verify() == []
    assert len({row.recorded_from for row in journal.rows()}) == 1 + 1 + 12


def test_a_journal_that_another_program_holds_is_told_as_such_and_stays_readable(home, monkeypatch):
    monkeypatch.setattr("tasks.store.journal_database.LOCK_WAIT_MS", 20)
    journal = Journal.open(home)
    with sqlite3.connect(home.journal_path, isolation_level=None) as other:
        other.execute("begin immediate")
        with pytest.raises(LedgerError, match="database is locked"):
            journal.append("access", {}, now=NOON)
        assert journal.rows() == []


def test_a_home_without_a_folder_for_its_journal_is_told_as_such(tmp_path):
    with pytest.raises(LedgerError, match="unable to open database file"):
        Journal.open(Home(tmp_path / "nowhere", "Test", "eu", "UTC"))


def test_lines_carry_the_chain_and_name_what_was_altered(journal):
    head = {"seq": 3, "hash": journal.head().hash}
    lines = [row.line for row in journal.rows()]
    assert chain_faults(lines, head) == []
    altered = [lines[0].replace('"rows":1', '"rows":2'), *lines[1:]]
    assert chain_faults(altered, head) == ["the body of journal row 1 was altered: its hash differs"]
    assert chain_faults(lines[:2], head) == ["its last row is not the head that the manifest names"]
    spaced = [lines[0], lines[1].replace("{", "{ ", 1), lines[2]]
    assert chain_faults(spaced, head) == ["altered, a line cannot be read (the line of row 2 is not written as the journal writes it)"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("mysql://user:secret@host/db", "no journal in mysql", id="a database that is not known"),
        pytest.param("user:secret@host", "an address that cannot be read", id="no address"),
    ],
)
def test_an_address_without_a_journal_is_refused_and_its_password_not_repeated(home, monkeypatch, url, words):
    monkeypatch.setenv("SLA_JOURNAL_URL", url)
    with pytest.raises(LedgerError, match=words) as raised:
        Journal.open(home)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("entries", "error", "words"),
    [
        pytest.param([Entry("landing", {}), Entry("gossip", {})], LedgerError, "no kind", id="an unknown kind"),
        pytest.param([Entry("landing", {}), Entry("landing", {"share": 0.5})], TypeError, "float", id="a body with a float"),
        pytest.param([Entry("run", {}), Entry("run", {})], ValueError, "share an instant", id="two rows of another kind at one instant"),
    ],
)
def test_a_row_that_fails_leaves_no_part_of_its_call(journal, entries, error, words):
    with pytest.raises(error, match=words):
        journal.append_many(entries, now=NOON)
    assert [row.seq for row in journal.rows()] == [1, 2, 3]


def test_no_entries_are_no_rows(journal):
    assert journal.append_many([], now=NOON) == []
    assert journal.head().seq == 3


def test_what_was_withdrawn_is_known_only_to_earlier_views(journal):
    later = NOON + timedelta(days=1)
    journal.append("withdrawal", {"landing_seq": 1, "file_sha256": "a" * 64, "reason": "wrong file"}, now=later)
    assert [row.seq for row in known_at(journal, NOON, now=later).landings] == [1, 2]
    known = known_at(journal, None, now=later)
    assert [row.seq for row in known.landings] == [2]
    assert [(row["seq"], row["kind"], row["rows"]) for row in known.inputs] == [(2, "landing", 1), (4, "withdrawal", 0)]
    assert (known.newest, known.head.seq) == (later, 4)


def test_what_was_written_in_a_rehearsal_makes_a_rehearsal_of_all_that_sees_it(journal):
    rehearsed, later = NOON + timedelta(days=30), NOON + timedelta(days=31)
    journal.append("landing", {"file": "c"}, now=rehearsed, is_simulated=True)
    now = NOON + timedelta(days=1)
    assert known_at(journal, None, now=now).is_simulated
    assert not known_at(journal, NOON, now=now).is_simulated
    with pytest.raises(LedgerError, match="lies in the future"):
        known_at(journal, rehearsed - timedelta(days=1), now=now)
    journal.append("withdrawal", {"landing_seq": 4}, now=later)
    assert not known_at(journal, None, now=later).is_simulated, "what was taken back counts no more"


def test_a_row_whose_instant_a_rehearsal_decided_is_a_rehearsals_until_the_clock_has_caught_up(journal):
    rehearsed = NOON + timedelta(days=30)
    journal.append("access", {}, now=rehearsed, is_simulated=True)
    behind = journal.append("landing", {}, now=NOON + timedelta(days=1))
    caught_up = journal.append("landing", {}, now=NOON + timedelta(days=31))
    assert (behind.recorded_from, behind.is_simulated) == (rehearsed + timedelta(microseconds=1), True)
    assert (caught_up.recorded_from, caught_up.is_simulated) == (NOON + timedelta(days=31), False)
    assert journal.verify() == []


def test_runs_seals_and_accesses_are_no_inputs(journal):
    journal.append("seal", {"journal_head_seq": 2, "journal_head_hash": journal.rows()[1].hash}, now=NOON)
    known = known_at(journal, None, now=NOON + timedelta(days=1))
    assert (known.as_of, known.newest, known.head.seq) == (NOON, NOON, 2)
    assert [row["seq"] for row in known.inputs] == [1, 2]


def test_a_decision_is_an_input_from_its_own_instant_on(journal):
    later = NOON + timedelta(days=1)
    row = journal.append("decision", {"dispute_id": "X"}, now=later, entity="dispute", object_id="X", actor_ref="P-1")
    assert known_at(journal, NOON, now=later).decisions == ()
    known = known_at(journal, None, now=later)
    assert known.decisions == (row,)
    assert known.inputs[-1] == {
        "seq": 4,
        "kind": "decision",
        "source_system": "journal",
        "file": "dispute",
        "rows": 1,
        "sha256": row.body_sha256,
    }


def test_nothing_is_known_before_the_first_landing_of_a_home(home):
    with pytest.raises(LedgerError, match="nothing was landed yet"):
        known_at(Journal.open(home), None, now=NOON)


@pytest.mark.parametrize(
    ("as_of", "words"),
    [
        pytest.param(NOON + timedelta(days=2), "lies in the future", id="not in the future"),
        pytest.param(
            NOON - timedelta(seconds=1), "first landing was recorded 2026-11-03T12:00:00.000000Z", id="not before the first landing"
        ),
    ],
)
def test_a_view_lies_between_the_first_landing_and_now(journal, as_of, words):
    with pytest.raises(LedgerError, match=words):
        known_at(journal, as_of, now=NOON + timedelta(days=1))
