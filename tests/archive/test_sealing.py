"""Sealing: one file with deterministic bytes and one journal row, once; nothing is sealed that is not what the manifest says."""

import json
import os
import zipfile

import pytest

from tasks.archive.sealing import seal
from tasks.archive.verify import verify
from tasks.model.errors import IntegrityError
from tasks.model.identity import sha256_file
from tasks.store.bundles import bundles
from tasks.store.journal import Journal
from tests.archive.sealed_home import CONTRACT, LATER, NOON, RUN_ID, make_home, publish


@pytest.fixture
def home(tmp_path):
    return make_home(tmp_path / "home")


@pytest.fixture
def journal(home):
    return Journal.open(home)


@pytest.fixture
def pack(home):
    return publish(home)


def test_a_bundle_holds_pack_reference_files_and_the_journal_it_was_made_from(home, journal, pack):
    journal.append("run", {"run_id": RUN_ID}, now=NOON)
    with zipfile.ZipFile(seal(home, pack, journal, now=NOON).bundle) as archive:
        assert archive.namelist() == [
            "journal.ndjson",
            "pack/compliance.html",
            "pack/manifest.json",
            "pack/tables/incidents.csv",
            "pack/tables/incidents.parquet",
            CONTRACT,
        ]
        assert [json.loads(line)["kind"] for line in archive.read("journal.ndjson").splitlines()] == ["landing"]
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_journal_says_what_was_sealed_over_which_head(home, journal, pack):
    head = journal.head()
    sealed = seal(home, pack, journal, now=LATER, is_simulated=True)
    (row,) = journal.rows(("seal",))
    assert (row.seq, row.object_id, row.is_simulated) == (sealed.seq, f"month/2026-10/{RUN_ID}", True)
    assert row.body == {
        "pack_id": f"month/2026-10/{RUN_ID}",
        "run_id": RUN_ID,
        "content_sha256": "c" * 64,
        "manifest_sha256": sha256_file(pack.manifest),
        "journal_head_seq": head.seq,
        "journal_head_hash": head.hash,
    }


def test_sealing_twice_adds_nothing_and_sealing_anew_gives_the_same_bytes(home, journal, pack):
    first = seal(home, pack, journal, now=NOON)
    content = first.bundle.read_bytes()
    assert seal(home, pack, journal, now=LATER) == first
    first.bundle.unlink()
    assert seal(home, pack, journal, now=LATER).bundle.read_bytes() == content
    assert len(journal.rows(("seal",))) == 1


def test_two_homes_with_one_journal_and_one_pack_make_one_bundle(home, journal, pack, tmp_path):
    other = make_home(tmp_path / "other")
    twin = publish(other)
    assert seal(home, pack, journal, now=NOON).bundle.read_bytes() == seal(other, twin, Journal.open(other), now=LATER).bundle.read_bytes()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(lambda home, pack: pack.page("compliance.html").write_text("x"), "compliance.html: altered", id="a page altered"),
        pytest.param(lambda home, pack: pack.csv("incidents").unlink(), "tables/incidents.csv: missing", id="a table gone"),
        pytest.param(lambda home, pack: pack.page("notes.txt").write_text("x"), "notes.txt: added", id="a file the manifest does not list"),
        pytest.param(lambda home, pack: (home.root / CONTRACT).write_text("x"), f"{CONTRACT}: altered", id="a contract altered since"),
        pytest.param(lambda home, pack: (home.root / CONTRACT).unlink(), f"{CONTRACT}: missing", id="a contract gone"),
        pytest.param(lambda home, pack: publish(home, inputs_head={"seq": 1, "hash": "f" * 64}), "not the head", id="another journal"),
        pytest.param(lambda home, pack: publish(home, tables=None), "it is no manifest", id="a manifest that is none"),
    ],
)
def test_nothing_is_sealed_that_is_not_what_the_manifest_says(home, journal, pack, spoil, words):
    spoil(home, pack)
    with pytest.raises(IntegrityError, match=words):
        seal(home, pack, journal, now=NOON)
    assert journal.rows(("seal",)) == []
    assert not home.room("archived").exists() or [path for path in home.room("archived").rglob("*") if path.is_file()] == []


def test_other_bytes_under_a_sealed_run_id_do_not_replace_what_was_sealed(home, journal, pack):
    bundle = seal(home, pack, journal, now=NOON).bundle
    content = bundle.read_bytes()
    with pytest.raises(IntegrityError, match="equal inputs gave other bytes"):
        seal(home, publish(home, content_sha256="d" * 64), journal, now=NOON)
    assert bundle.read_bytes() == content


class KilledError(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("step", ["the journal row", "the new name"])
def test_sealing_cut_short_is_completed_by_the_next_call_and_leaves_no_half_bundle(home, journal, pack, monkeypatch, step):
    def die(*args, **kwargs):
        raise KilledError

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(Journal, "append", die) if step == "the journal row" else patch.setattr(os, "replace", die)
        seal(home, pack, journal, now=NOON)
    assert bundles(home) == {}
    assert len(journal.rows(("seal",))) == (0 if step == "the journal row" else 1)
    seal(home, pack, journal, now=LATER)
    assert len(journal.rows(("seal",))) == 1
    assert verify(home).faults == ()
    assert verify(home, RUN_ID).faults == ()


def test_what_a_killed_process_left_beside_is_written_over(home, journal, pack):
    bundle = home.bundle("month", "2026-10", RUN_ID)
    bundle.parent.mkdir(parents=True)
    bundle.with_name(f".{bundle.name}.partial").write_bytes(b"half of a very long bundle" * 1000)
    assert bundles(home) == {}
    seal(home, pack, journal, now=NOON)
    assert [path.name for path in bundle.parent.iterdir()] == [bundle.name]
    assert verify(home, RUN_ID).faults == ()
