"""`sla verify`: whatever is done to journal, raw files, packs or bundles is named; what was not touched raises no alarm."""

import random
import shutil
import sqlite3
import subprocess
import sys
import zipfile

import pytest

from tasks.archive.sealing import seal
from tasks.archive.verify import verify
from tasks.model.errors import IntegrityError, LedgerError
from tasks.store.home import CHECKOUT, Home
from tasks.store.journal import Journal
from tests.archive.sealed_home import CONTRACT, LATER, NOON, RUN_ID, make_home, publish

BUNDLE = f"month/2026-10/{RUN_ID}"


@pytest.fixture
def home(tmp_path):
    return make_home(tmp_path / "home")


@pytest.fixture
def journal(home):
    return Journal.open(home)


@pytest.fixture
def bundle(home, journal):
    return seal(home, publish(home), journal, now=NOON).bundle


def rewrite(bundle, change):
    """Write the bundle anew with its members changed by `change(members)`."""
    with zipfile.ZipFile(bundle) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(bundle, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def edit(home, *statements):
    """Change the journal as a person with a database tool could; the guards are put back afterwards."""
    with sqlite3.connect(home.journal_path) as connection:
        guards = connection.execute("select name, sql from sqlite_master where type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"drop trigger {name}")
        for statement in [*statements, *(sql for _, sql in guards)]:
            connection.execute(statement)


def raw_file(home, journal):
    (landing,) = journal.rows(("landing",))
    return home.raw_file(landing.body["file_sha256"], "a.csv")


def test_what_was_not_touched_raises_no_alarm(home, bundle):
    for pack in (None, RUN_ID, BUNDLE, str(bundle)):
        assert verify(home, pack).faults == ()


SEALED = ["pack/compliance.html", "pack/tables/incidents.csv", "pack/tables/incidents.parquet", CONTRACT]


@pytest.mark.parametrize("name", SEALED)
def test_every_file_altered_dropped_or_renamed_is_named(home, bundle, name):
    whole = bundle.read_bytes()
    rewrite(bundle, lambda members: members.update({name: members[name] + b" "}))
    assert verify(home, RUN_ID).faults == (f"{name}: altered",)
    bundle.write_bytes(whole)
    rewrite(bundle, lambda members: members.pop(name))
    assert verify(home, RUN_ID).faults == (f"{name}: missing",)
    bundle.write_bytes(whole)
    rewrite(bundle, lambda members: members.update({f"{name}.bak": members.pop(name)}))
    assert verify(home, RUN_ID).faults == (f"{name}: missing", f"{name}.bak: added")


def swapped(members):
    first, second = SEALED[:2]
    members[first], members[second] = members[second], members[first]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param(lambda members: members.update({"pack/extra.txt": b"hello"}), "pack/extra.txt: added", id="a file added"),
        pytest.param(swapped, "pack/compliance.html: altered", id="two files swapped"),
        pytest.param(lambda members: members.pop("pack/manifest.json"), "pack/manifest.json: missing", id="no manifest"),
        pytest.param(
            lambda members: members.update({"pack/manifest.json": b"{}"}),
            "pack/manifest.json: altered, it is no manifest",
            id="no manifest's form",
        ),
        pytest.param(
            lambda members: members.update({"pack/manifest.json": members["pack/manifest.json"].replace(b"cccc", b"dddd")}),
            "pack/manifest.json: differs from what the journal sealed",
            id="a manifest altered",
        ),
        pytest.param(
            lambda members: members.update({"pack/manifest.json": members["pack/manifest.json"].replace(b'"Test"', b'"Else"')}),
            "pack/manifest.json: differs from what the journal sealed",
            id="a manifest that claims another home",
        ),
        pytest.param(lambda members: members.pop("journal.ndjson"), "journal.ndjson: missing", id="no journal"),
        pytest.param(
            lambda members: members.update({"journal.ndjson": members["journal.ndjson"].replace(b'"rows":1', b'"rows":9')}),
            "journal.ndjson: the body of journal row 1 was altered: its hash differs",
            id="the journal's copy altered",
        ),
        pytest.param(
            lambda members: members.update({"journal.ndjson": members["journal.ndjson"] * 2}),
            "journal.ndjson: journal row 1 stands behind row 1",
            id="the journal's copy doubled",
        ),
        pytest.param(
            lambda members: None, "the archive around the files was altered: its order, names, dates or checksums", id="only packed anew"
        ),
    ],
)
def test_whatever_is_done_to_a_bundle_is_named(home, bundle, change, fault):
    rewrite(bundle, change)
    assert fault in verify(home, RUN_ID).faults


def test_a_member_written_twice_is_named(home, bundle):
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr("pack/compliance.html", b"<h1>October</h1>")
    assert "pack/compliance.html: stands in the bundle 2 times" in verify(home, RUN_ID).faults


def test_any_single_flipped_byte_is_found(home, bundle, tmp_path):
    whole = bundle.read_bytes()
    copy = tmp_path / "copy.zip"
    places = sorted({*random.Random(0).sample(range(len(whole)), 150), *range(40), *range(len(whole) - 80, len(whole))})
    silent = []
    for place in places:
        copy.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        if not verify(home, str(copy)).faults:
            silent.append(place)
    assert silent == []


@pytest.mark.parametrize("extra", [pytest.param(b"x", id="a byte more"), pytest.param(None, id="a byte less")])
def test_a_bundle_of_another_length_is_found(home, bundle, extra):
    whole = bundle.read_bytes()
    bundle.write_bytes(whole + extra if extra else whole[:-1])
    assert verify(home, RUN_ID).faults != ()


def test_a_file_that_is_no_bundle_is_no_crash(home, journal, tmp_path):
    (tmp_path / "x.zip").write_bytes(b"hello")
    assert "no whole archive" in verify(home, str(tmp_path / "x.zip")).faults[0]


def test_a_published_page_altered_after_sealing_is_named_though_the_bundle_is_whole(home, bundle):
    folder = home.pack("month", "2026-10", RUN_ID)
    (folder / "compliance.html").write_text("<h1>all met</h1>")
    (folder / "tables" / "incidents.csv").unlink()
    (folder / "notes.txt").write_text("x")
    place = f"published/{BUNDLE}"
    assert verify(home, RUN_ID).faults == (
        f"{place}/compliance.html: altered",
        f"{place}/notes.txt: added",
        f"{place}/tables/incidents.csv: missing",
    )


@pytest.mark.parametrize("pack", [None, RUN_ID])
@pytest.mark.parametrize("verdict", ["altered", "missing"])
def test_a_raw_file_altered_or_gone_is_named(home, journal, bundle, pack, verdict):
    file = raw_file(home, journal)
    file.write_text("k\n2\n") if verdict == "altered" else file.unlink()
    assert verify(home, pack).faults == (f"{file.relative_to(home.root).as_posix()}: {verdict}",)


def test_a_tail_cut_off_with_its_seal_is_found_by_the_bundle(home, journal, bundle):
    edit(home, "delete from journal where kind = 'seal'")
    assert verify(home).faults == (f"bundle {BUNDLE}: no seal of it stands in the journal",)
    assert verify(home, RUN_ID).faults == ("no seal of this run stands in the journal",)
    edit(home, "delete from journal")
    assert f"journal rows 1 to 1 are missing at the end: bundle {BUNDLE} has seen them" in verify(home).faults


def test_a_journal_written_anew_from_the_first_row_is_found_by_the_bundle(home, bundle):
    for path in home.root.glob("journal.db*"):
        path.unlink()
    Journal.open(home).append("landing", {"file": "a.csv", "file_sha256": "0" * 64}, now=NOON)
    assert f"bundle {BUNDLE} has seen another journal row 1" in verify(home).faults


def test_a_bundle_deleted_or_replaced_is_missed(home, bundle):
    rewrite(bundle, lambda members: members.update({"pack/manifest.json": members["pack/manifest.json"].replace(b"cccc", b"dddd")}))
    assert verify(home).faults == (f"bundle {BUNDLE}: its manifest differs from what the journal sealed",)
    bundle.unlink()
    assert verify(home).faults == (f"bundle {BUNDLE}: missing, although the journal sealed it",)


@pytest.mark.parametrize("kept", [pytest.param(4096, id="beyond its first page"), pytest.param(60, id="from its header on")])
def test_a_damaged_journal_is_told_as_such(home, journal, bundle, kept):
    content = home.journal_path.read_bytes()
    home.journal_path.write_bytes(content[:kept] + b"\xff" * (len(content) - kept))
    try:
        faults = verify(home).faults
    except IntegrityError as error:
        faults = (error.what,)
    assert any("the journal is damaged" in fault for fault in faults)


def test_occasion_and_period_name_the_newest_run(home, bundle):
    home.latest("month", "2026-10").write_text(f"{RUN_ID}\n")
    assert verify(home, "month/2026-10").subject == f"{RUN_ID}.zip"


def test_an_unknown_pack_is_answered_with_the_known_ones(home, bundle):
    with pytest.raises(LedgerError, match=BUNDLE):
        verify(home, "month/2026-09")


def test_a_bundle_verifies_wherever_it_lies(home, bundle, tmp_path):
    elsewhere = tmp_path / "mail" / "october.zip"
    elsewhere.parent.mkdir()
    shutil.copy(bundle, elsewhere)
    assert verify(home, str(elsewhere)).faults == ()


def test_another_homes_bundle_is_checked_in_itself_and_says_what_was_not_looked_at(bundle, tmp_path):
    auditor = Home(tmp_path / "auditor", "Auditor", "eu", "UTC")
    auditor.root.mkdir()
    verified = verify(auditor, str(bundle))
    assert verified.faults == ()
    assert "sealed in home 'Test'" in verified.notes[0]
    rewrite(bundle, lambda members: members.update({CONTRACT: b""}))
    assert verify(auditor, str(bundle)).faults == (f"{CONTRACT}: altered",)


def test_reading_a_bundle_is_an_access_in_the_journal(home, journal, bundle):
    verify(home, RUN_ID, now=LATER)
    (row,) = journal.rows(("access",))
    assert row.body == {"action": "read", "object_type": "pack", "object_key": BUNDLE, "result": "allowed"}
    assert verify(home, RUN_ID, now=LATER).faults == verify(home).faults == ()


def test_a_verdict_reads_as_words_and_as_data(home, journal, bundle):
    raw_file(home, journal).unlink()
    verified = verify(home, RUN_ID)
    assert str(verified).splitlines()[0] == f"{RUN_ID}.zip: 6 looked at, 1 fault"
    assert verified.as_dict()["faults"] == list(verified.faults)


def test_verifying_needs_no_engine():
    script = "import sys, tasks.archive.verify; print(sorted({'duckdb', 'pyarrow', 'pandas', 'prefect'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
