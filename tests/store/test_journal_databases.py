"""The journal in SQLite and in a real PostgreSQL: the same rows, the same guards, and two writers at once that lose nothing."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tasks.model.errors import IntegrityError, LedgerError
from tasks.store import journal_database
from tasks.store.home import CHECKOUT
from tasks.store.journal import HASHED, Entry, Journal
from tasks.store.knowledge import known_at

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
WRITER = """
import sys
from datetime import UTC, datetime
from tasks.store.journal import Journal
url, writer, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
journal = Journal(url)
for number in range(count):
    body = {"annotation_id": f"{writer}-{number}", "note": "said at once"}
    journal.append("decision", body, now=datetime(2026, 11, 3, 12, tzinfo=UTC), entity="annotation", actor_ref=writer)
"""


@pytest.fixture
def filled(postgres_url):
    """A PostgreSQL journal of two landings and a run, and its address."""
    journal = Journal(postgres_url)
    journal.append_many([Entry("landing", {"file": name}) for name in "ab"], now=NOON)
    journal.append("run", {"run_id": "r"}, now=NOON)
    return postgres_url


def execute(url, *statements):
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def test_two_processes_that_write_at_once_lose_nothing_and_make_one_chain(journal_url):
    count = 20
    words = [sys.executable, "-c", WRITER, journal_url]
    writers = [subprocess.Popen([*words, name, str(count)], cwd=CHECKOUT, stderr=subprocess.PIPE, text=True) for name in ("P-A", "P-B")]
    errors = [writer.communicate(timeout=120)[1] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], errors
    journal = Journal(journal_url)
    rows = journal.rows(("decision",))
    assert {row.body["annotation_id"] for row in rows} == {f"{name}-{number}" for name in ("P-A", "P-B") for number in range(count)}
    assert [row.seq for row in rows] == list(range(1, 2 * count + 1))
    assert len({row.recorded_from for row in rows}) == 2 * count
    assert journal.verify() == []


def test_both_databases_hold_the_same_rows_with_the_same_hashes(tmp_path, postgres_url):
    journals = [Journal(f"sqlite:///{tmp_path / 'journal.db'}"), Journal(postgres_url)]
    for journal in journals:
        journal.append_many([Entry("landing", {"file": "ä.csv", "rows": 2, "extracted_at": None}) for _ in range(2)], now=NOON)
        journal.append("decision", {"dispute_id": "D"}, now=NOON, is_simulated=True, entity="dispute", actor_ref="P-1", actor_role="owner")
    assert journals[0].rows() == journals[1].rows()
    assert journals[0].head() == journals[1].head()


def test_a_view_of_the_past_is_the_same_in_both(journal_url):
    journal = Journal(journal_url)
    journal.append("landing", {"file": "a"}, now=NOON)
    journal.append("decision", {"dispute_id": "D"}, now=NOON + timedelta(days=1), entity="dispute")
    later = NOON + timedelta(days=2)
    assert [len(known_at(journal, at, now=later).decisions) for at in (NOON, None)] == [0, 1]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("update journal set kind = 'seal' where seq = 1", id="no update"),
        pytest.param("delete from journal where seq = 3", id="no delete"),
        pytest.param("truncate journal cascade", id="no truncate"),
        pytest.param(f"insert into journal select 9, {', '.join(HASHED[1:])}, hash from journal where seq = 3", id="no gap"),
        pytest.param(
            "insert into journal select * from journal where seq = 3 on conflict (seq) do update set kind = 'seal'", id="no replace"
        ),
        pytest.param(
            f"insert into journal select 4, {', '.join(HASHED[1:])}, hash from journal where seq = 3", id="no row beside the chain"
        ),
        pytest.param("insert into journal_body values (9, '{}')", id="no body without its row"),
        pytest.param("update journal_body set seq = 2 where seq = 1", id="no body moved"),
        pytest.param("update journal_body set body = '{}' where seq = 1", id="no other body"),
        pytest.param("delete from journal_body where seq = 1", id="no lost body"),
        pytest.param("truncate journal_body", id="no truncated bodies"),
    ],
)
def test_postgresql_itself_refuses_to_rewrite(filled, statement):
    with pytest.raises(psycopg.errors.RaiseException):
        execute(filled, statement)
    assert Journal(filled).verify() == []


def test_an_emptied_body_keeps_the_chain_whole_in_postgresql(filled):
    execute(filled, "update journal_body set body = null where seq = 1")
    assert Journal(filled).verify() == []
    assert Journal(filled).rows()[0].body is None


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param(["drop trigger journal_no_update on journal"], id="dropped"),
        pytest.param(["alter table journal disable trigger journal_no_update"], id="switched off"),
        pytest.param(
            ["create or replace function journal_no_update() returns trigger language plpgsql as $$ begin return new; end $$"],
            id="made harmless",
        ),
        pytest.param(
            [
                "drop trigger journal_no_update on journal",
                "create trigger journal_no_update before update on journal for each row when (false) execute function journal_no_update()",
            ],
            id="given a condition",
        ),
        pytest.param(
            [
                "drop trigger journal_no_update on journal",
                "create trigger journal_no_update before update of kind on journal for each row execute function journal_no_update()",
            ],
            id="narrowed to a column",
        ),
    ],
)
def test_a_guard_taken_away_is_missed(filled, statements):
    execute(filled, *statements)
    assert Journal(filled).verify() == ["the journal is no longer guarded: trigger journal_no_update is missing or altered"]


def test_what_was_altered_behind_the_guards_is_named(filled):
    execute(filled, "set session_replication_role = replica", "update journal set actor_ref = 'P-1' where seq = 2")
    assert Journal(filled).verify() == ["journal row 2 was altered: its hash differs"]


def test_a_journal_that_another_program_holds_is_told_as_such_and_stays_readable(filled, monkeypatch):
    means = journal_database.POSTGRES
    impatient = tuple(words.replace(str(journal_database.LOCK_WAIT_MS), "50") for words in means.lock)
    monkeypatch.setitem(journal_database.MEANS, "postgresql", replace(means, lock=impatient))
    journal = Journal(filled)
    with psycopg.connect(filled) as other:
        other.execute(f"select pg_advisory_xact_lock({journal_database.LOCK_KEY})")
        with pytest.raises(LedgerError, match="lock timeout"):
            journal.append("access", {}, now=NOON)
        assert len(journal.rows()) == 3
    journal.append("access", {}, now=NOON)


def test_a_server_that_does_not_answer_is_told_without_the_password(tmp_path):
    with pytest.raises(LedgerError, match="the journal cannot be opened") as refusal:
        Journal(f"postgresql://postgres:secret@/home?host={tmp_path}")
    assert "secret" not in str(refusal.value)
    assert not isinstance(refusal.value, IntegrityError)
