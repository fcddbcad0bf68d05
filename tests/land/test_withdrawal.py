"""Taking a file back: by digest or prefix, out of the inbox's sight, and landed anew when it is dropped again."""

import pytest

from tasks.land.withdrawal import withdraw
from tasks.model.errors import LedgerError
from tasks.store.home import Home
from tasks.store.journal import Journal
from tasks.store.knowledge import known_at
from tests.land.exports import DESK, LATER, NOON, PROBES, drop, land


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path, "Test", "eu", "UTC")


@pytest.fixture
def journal(home):
    return Journal.open(home)


@pytest.mark.parametrize("length", [6, 12, 64])
def test_a_digest_or_its_beginning_takes_the_file_back_and_out_of_the_inbox(home, journal, length):
    file = drop(home, "a.csv", "k\n1\n")
    drop(home, "a.csv.meta.yml", "rows: 1\n")
    (landing,) = land(home, [DESK], journal).landed
    digest = landing.body["file_sha256"]
    done = withdraw(home, journal, digest[:length].upper(), "another month's export", now=LATER)
    (row,) = done.rows
    assert (row.kind, row.body) == ("withdrawal", {"landing_seq": 1, "file_sha256": digest, "reason": "another month's export"})
    assert done.set_aside == ("inbox/desk/.withdrawn/a.csv",)
    assert not file.exists()
    assert land(home, [DESK], journal, now=LATER).landed == ()
    assert [one.seq for one in known_at(journal, NOON, now=LATER).landings] == [1]
    assert known_at(journal, None, now=LATER).landings == ()


def test_dropped_again_the_same_bytes_land_anew(home, journal):
    file = drop(home, "a.csv", "k\n1\n")
    (landing,) = land(home, [DESK], journal).landed
    withdraw(home, journal, landing.body["file_sha256"], "by mistake", now=LATER)
    (file.parent / ".withdrawn" / "a.csv").rename(file)
    (again,) = land(home, [DESK], journal, now=LATER).landed
    assert [row.seq for row in known_at(journal, None, now=LATER).landings] == [again.seq]
    withdraw(home, journal, landing.body["file_sha256"], "it was wrong indeed", now=LATER)
    assert known_at(journal, None, now=LATER).landings == ()


def test_the_same_bytes_of_another_source_stand(home, journal):
    drop(home, "a.csv", "k\n1\n")
    other = drop(home, "a.csv", "k\n1\n", source="probes")
    (row, _) = land(home, [DESK, PROBES], journal).landed
    with pytest.raises(LedgerError, match="names more than one file"):
        withdraw(home, journal, row.body["file_sha256"], "wrong folder", now=LATER)
    withdraw(home, journal, row.body["file_sha256"], "wrong folder", now=LATER, source_id="desk")
    assert [one.body["source_id"] for one in known_at(journal, None, now=LATER).landings] == ["probes"]
    assert other.exists()


@pytest.mark.parametrize(
    ("digest", "reason", "words"),
    [
        pytest.param("a", "x", "too short to name a file", id="a prefix of one character"),
        pytest.param("ffffffff", "x", "no landed file has a digest that begins with 'ffffffff'", id="no such file"),
        pytest.param("{}", " ", "without a reason", id="no reason"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_candidates(home, journal, digest, reason, words):
    drop(home, "a.csv", "k\n1\n")
    (row,) = land(home, [DESK], journal).landed
    sha256 = row.body["file_sha256"]
    with pytest.raises(LedgerError, match=words) as refusal:
        withdraw(home, journal, digest.format(sha256), reason, now=LATER)
    assert reason == " " or f"{sha256[:12]} desk/a.csv (1 rows, journal row 1)" in str(refusal.value)
    assert [one.kind for one in journal.rows()] == ["landing"]


def test_what_was_taken_back_already_is_no_candidate(home, journal):
    drop(home, "a.csv", "k\n1\n")
    (row,) = land(home, [DESK], journal).landed
    withdraw(home, journal, row.body["file_sha256"], "by mistake", now=LATER)
    with pytest.raises(LedgerError, match="no landed file"):
        withdraw(home, journal, row.body["file_sha256"], "by mistake", now=LATER)


def test_a_reference_table_in_use_is_corrected_and_not_taken_back(home, journal):
    home.reference.mkdir()
    table = home.reference / "services.csv"
    table.write_text("service_id\nshop\n")
    (old,) = land(home, [DESK], journal).landed
    with pytest.raises(LedgerError, match="the table in use"):
        withdraw(home, journal, old.body["file_sha256"], "wrong", now=LATER)
    table.write_text("service_id\nstore\n")
    land(home, [DESK], journal, now=LATER)
    withdraw(home, journal, old.body["file_sha256"], "wrong", now=LATER)
    assert [row.body["file"] for row in known_at(journal, None, now=LATER).landings] == ["services.csv"]
