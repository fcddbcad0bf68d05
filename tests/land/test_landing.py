"""Landing: every byte once, whole files only, and one bad file holds nothing else up."""

import gzip
import os
from datetime import UTC, datetime, timedelta

import pytest

from tasks.land import landing
from tasks.model.errors import LedgerError, UnknownReferenceError
from tasks.model.reference import Source
from tasks.store.home import Home
from tasks.store.journal import Journal
from tests.land.exports import DESK, LATER, NOON, PROBES, drop, land


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path, "Test", "eu", "UTC")


@pytest.fixture
def journal(home):
    return Journal.open(home)


def raw_files(home):
    return sorted(path.name for path in home.room("raw").rglob("*") if path.is_file())


def test_a_file_is_kept_byte_for_byte_under_its_hash_with_its_totals(home, journal):
    drop(home, "a.csv", "k,v\n1,x\n2,y\n")
    source = Source(
        id="desk",
        system="servicenow",
        adapter="canonical",
        entity="ticket",
        timezone="Europe/Berlin",
        expects={"extracted_at": "2026-11-03T07:00:00+01:00", "covers": ["2026-10-01T00:00:00Z", "2026-11-03T06:00:00Z"]},
    )
    (row,) = land(home, [source], journal).landed
    sha256 = row.body["file_sha256"]
    assert home.raw_file(sha256, "a.csv").read_text() == "k,v\n1,x\n2,y\n"
    assert (row.kind, row.entity, row.recorded_from) == ("landing", "ticket", NOON)
    assert {name: row.body[name] for name in row.body if name not in ("file_sha256", "adapter_version")} == {
        "source_id": "desk",
        "source_system": "servicenow",
        "adapter": "canonical",
        "file": "a.csv",
        "bytes": 12,
        "rows": 2,
        "extracted_at": "2026-11-03T06:00:00.000000Z",
        "covers_start_at": "2026-10-01T00:00:00.000000Z",
        "covers_end_at": "2026-11-03T06:00:00.000000Z",
        "is_cover_assumed": False,
        "timezone": "Europe/Berlin",
    }


def test_what_nobody_stated_is_unknown_and_the_coverage_assumed(home, journal):
    drop(home, "a.csv", "k\n1\n")
    body = land(home, [DESK], journal).landed[0].body
    unknown = [body[name] for name in ("extracted_at", "covers_start_at", "covers_end_at", "timezone")]
    assert (unknown, body["is_cover_assumed"]) == ([None] * 4, True)


def test_the_same_bytes_are_landed_once_and_a_changed_file_again(home, journal):
    drop(home, "a.csv", "k\n1\n")
    land(home, [DESK], journal)
    assert land(home, [DESK], journal, now=LATER).skipped == ("inbox/desk/a.csv",)
    drop(home, "a.csv", "k\n1\n2\n")
    assert len(land(home, [DESK], journal, now=LATER).landed) == 1
    assert [row.kind for row in journal.rows()] == ["landing", "landing"]


def test_two_files_of_one_content_are_one_landing_but_two_sources_are_two(home, journal):
    drop(home, "a.csv", "k\n1\n")
    drop(home, "b.csv", "k\n1\n")
    drop(home, "a.csv", "k\n1\n", source="probes")
    report = land(home, [DESK, PROBES], journal)
    assert sorted((row.body["source_id"], row.body["file"]) for row in report.landed) == [("desk", "a.csv"), ("probes", "a.csv")]
    assert report.skipped == ("inbox/desk/b.csv",)


def test_a_file_taken_back_may_land_again(home, journal):
    drop(home, "a.csv", "k\n1\n")
    (row,) = land(home, [DESK], journal).landed
    journal.append("withdrawal", {"landing_seq": row.seq, "file_sha256": row.body["file_sha256"], "reason": "by mistake"}, now=LATER)
    assert len(land(home, [DESK], journal, now=LATER).landed) == 1


def test_files_of_a_call_are_ordered_by_extract_and_hash_not_by_name(home, journal):
    drop(home, "a.csv", "k\n1\n")
    drop(home, "b.csv", "k\n2\n")
    drop(home, "c.csv", "k\n3\n")
    drop(home, "a.csv.meta.yml", 'extracted_at: "2026-11-02T00:00:00Z"\n')
    drop(home, "b.csv.meta.yaml", 'extracted_at: "2026-11-01T00:00:00Z"\n')
    landed = land(home, [DESK], journal).landed
    assert [row.body["file"] for row in landed] == ["b.csv", "a.csv", "c.csv"]
    assert {row.recorded_from for row in landed} == {NOON}


def test_the_catalogue_is_landed_again_whenever_it_differs_from_its_newest_landing(home, journal):
    services = home.reference / "services.csv"
    services.parent.mkdir()
    for content, count in (("a\n1\n", 1), ("a\n1\n", 0), ("a\n2\n", 1), ("a\n1\n", 1)):
        services.write_text(content)
        assert len(land(home, [], journal).landed) == count
    row = journal.rows()[0]
    assert (row.entity, row.body["source_id"], row.body["source_system"]) == ("service_catalogue", "reference", "reference")


def test_one_source_alone_leaves_the_others_and_the_reference_tables_where_they_are(home, journal):
    drop(home, "a.csv", "k\n1\n")
    drop(home, "b.csv", "k\n1\n", source="probes")
    home.reference.mkdir()
    (home.reference / "fx.csv").write_text("a\n1\n")
    assert [row.body["file"] for row in land(home, [DESK, PROBES], journal, source_id="probes").landed] == ["b.csv"]


def test_a_bad_file_is_refused_with_its_place_and_mend_and_leaves_no_trace(home, journal):
    drop(home, "a.csv", b"")
    drop(home, "b.csv", b"<html>")
    drop(home, "good.csv", "k\n1\n", source="probes")
    report = land(home, [DESK, PROBES], journal)
    assert [row.body["file"] for row in report.landed] == ["good.csv"]
    assert [error.where for error in report.refused] == ["inbox/desk/a.csv", "inbox/desk/b.csv"]
    assert all(error.fix for error in report.refused)
    assert raw_files(home) == ["good.csv"]


@pytest.mark.parametrize(
    ("sidecar", "words"),
    [
        pytest.param("rows: 3\n", "2 rows where 3 are expected", id="fewer rows than promised"),
        pytest.param("bytes: 5\n", "6 bytes where 5 are expected", id="another size than promised"),
        pytest.param('extracted_at: "2026-11-03T12:05:01Z"\n', "lies in the future", id="an extract from the future"),
        pytest.param("row: 3\n", "did you mean 'rows'", id="a typo in the sidecar"),
        pytest.param("rows: [\n", "a.csv.meta.yml", id="a sidecar that is no YAML"),
    ],
)
def test_a_file_is_held_against_what_its_sidecar_promises(home, journal, sidecar, words):
    drop(home, "a.csv", "k\n1\n2\n")
    drop(home, "a.csv.meta.yml", sidecar)
    (refused,) = land(home, [DESK], journal).refused
    assert words in str(refused)
    assert raw_files(home) == []


def test_the_sidecars_word_goes_before_the_sources_key_by_key(home, journal):
    drop(home, "a.csv", "k\n1\n2\n")
    drop(home, "a.csv.meta.yml", "rows: 2\n")
    source = DESK.model_copy(update={"expects": DESK.expects.model_copy(update={"rows": 7, "extracted_at": NOON})})
    assert land(home, [source], journal).landed[0].body["extracted_at"] == "2026-11-03T12:00:00.000000Z"


@pytest.mark.parametrize("content", [pytest.param(b"k,v\n", id="a table"), pytest.param(b"[]", id="a list")])
def test_no_rows_are_believed_only_if_somebody_says_so(home, journal, content):
    name = "a.json" if content == b"[]" else "a.csv"
    drop(home, name, content)
    (refused,) = land(home, [DESK], journal).refused
    assert "there are no rows" in refused.what
    drop(home, f"{name}.meta.yml", "rows: 0\n")
    assert land(home, [DESK], journal).landed[0].body["rows"] == 0


@pytest.mark.parametrize(
    ("place", "words"),
    [
        pytest.param("inbox/desc/a.csv", "did you mean 'desk'", id="a folder of no source"),
        pytest.param("inbox/a.csv", "in no source's folder", id="a file beside the folders"),
        pytest.param("inbox/desk/b.csv.meta.yml", "a sidecar without its export", id="a sidecar alone"),
        pytest.param("inbox/desk/old/a.csv", "this is a folder", id="a folder in a folder"),
    ],
)
def test_what_lies_where_nothing_belongs_is_named_not_passed_over(home, journal, place, words):
    file = home.root / place
    file.parent.mkdir(parents=True)
    file.write_text("k\n1\n")
    (refused,) = land(home, [DESK], journal).refused
    assert words in str(refused)


def test_a_link_out_of_the_home_is_not_followed(home, journal, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.csv"
    secret.write_text("k\n1\n")
    drop(home, "good.csv", "k\n2\n")
    (home.inbox / "desk" / "a.csv").symlink_to(secret)
    report = land(home, [DESK], journal)
    assert ["this is a link" in error.what for error in report.refused] == [True]
    assert len(report.landed) == 1


def test_a_hidden_file_is_nobodys_export(home, journal):
    drop(home, ".DS_Store", b"\x00")
    assert land(home, [DESK], journal) == landing.LandReport()


def test_a_file_that_grows_while_it_is_read_is_refused_and_lands_when_it_is_done(home, journal, monkeypatch):
    file = drop(home, "a.csv", "k\n1\n")

    def growing(export):
        file.write_text("k\n1\n2\n")
        return count_rows(export)

    count_rows = landing.count_rows
    monkeypatch.setattr(landing, "count_rows", growing)
    (refused,) = land(home, [DESK], journal).refused
    assert "still being written" in refused.what
    monkeypatch.undo()
    assert land(home, [DESK], journal).landed[0].body["rows"] == 2


def just_now(file):
    os.utime(file, (NOON.timestamp(), NOON.timestamp()))


def test_a_file_modified_just_now_is_looked_at_twice(home, journal):
    file = drop(home, "a.csv", "k\n1\n")
    drop(home, "b.csv", "k\n9\n")
    just_now(file)

    def write_on(seconds):
        assert seconds == 60
        file.write_text("k\n1\n2\n")

    report = land(home, [DESK], journal, settle=timedelta(minutes=1), sleep=write_on)
    assert ["still being written" in error.what for error in report.refused] == [True]
    assert [row.body["file"] for row in report.landed] == ["b.csv"]


def test_an_old_file_and_one_of_the_promised_size_are_not_waited_for(home, journal):
    drop(home, "a.csv.meta.yml", "bytes: 4\n")
    just_now(drop(home, "a.csv", "k\n1\n"))
    hour_ago = NOON.timestamp() - 3600
    os.utime(drop(home, "b.csv", "k\n2\n"), (hour_ago, hour_ago))

    def never(seconds):
        raise AssertionError("waited")

    assert len(land(home, [DESK], journal, settle=timedelta(minutes=1), sleep=never).landed) == 2


def test_a_file_that_goes_away_meanwhile_holds_nothing_up(home, journal):
    file = drop(home, "a.csv", "k\n1\n")
    drop(home, "b.csv", "k\n2\n")
    just_now(file)
    report = land(home, [DESK], journal, settle=timedelta(minutes=1), sleep=lambda seconds: file.unlink())
    assert [row.body["file"] for row in report.landed] == ["b.csv"]
    assert "No such file" in report.refused[0].what


def test_damaged_bytes_in_raw_are_mended_by_landing_the_file_again_elsewhere(home, journal):
    drop(home, "a.csv", "k\n1\n")
    sha256 = land(home, [DESK], journal).landed[0].body["file_sha256"]
    home.raw_file(sha256, "a.csv").write_text("k\n2\n")
    drop(home, "a.csv", "k\n1\n", source="probes")
    land(home, [DESK, PROBES], journal)
    assert home.raw_file(sha256, "a.csv").read_text() == "k\n1\n"


def test_an_unknown_source_is_named_with_its_neighbour(home, journal):
    with pytest.raises(UnknownReferenceError, match="did you mean 'desk'"):
        land(home, [DESK], journal, source_id="desc")


def test_a_report_reads_as_words_and_as_data(home, journal):
    drop(home, "a.csv.gz", gzip.compress(b"k\n1\n", mtime=0))
    drop(home, "b.xls", b"PK\x03\x04")
    report = land(home, [DESK], journal)
    size = report.landed[0].body["bytes"]
    assert str(report).splitlines()[:3] == [
        f"landed 1 files (1 rows, {size} bytes), 0 known already, 1 refused",
        f"  desk/a.csv.gz: 1 rows, {size} bytes",
        "  refused inbox/desk/b.xls: '.xls' files are not read",
    ]
    data = report.as_dict()
    assert (data["landed"][0]["rows"], data["refused"][0]["where"]) == (1, "inbox/desk/b.xls")


def test_a_naive_now_is_a_programming_fault(home, journal):
    drop(home, "a.csv", "k\n1\n")
    with pytest.raises(ValueError, match="no zone"):
        landing.land(home, [DESK], journal, now=datetime(2026, 11, 3), settle=timedelta(0))


def test_the_clock_of_the_call_is_kept_in_utc(home, journal):
    drop(home, "a.csv", "k\n1\n")
    here = NOON.astimezone(datetime.fromisoformat("2026-11-03T12:00:00+05:30").tzinfo)
    assert land(home, [DESK], journal, now=here).landed[0].recorded_from.tzinfo == UTC


def test_errors_are_of_the_kind_the_command_line_prints(home, journal):
    drop(home, "a.csv", b"")
    assert all(isinstance(error, LedgerError) for error in land(home, [DESK], journal).refused)
