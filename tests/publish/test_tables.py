"""Tables as files: the form of tables.yml `csv`, the common columns, and bytes that depend on rows alone."""

import csv
import hashlib
import io
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from tasks.model.dictionary import Column, dictionary
from tasks.model.errors import BlockedError
from tasks.model.identity import sha256_file, sha256_json
from tasks.publish.tables import content_sha256, csv_text, write_tables
from tasks.store.engine import Engine
from tasks.store.packs import PackFolder
from tests.publish.estate import RUN, home_at, lifelike, publish


def printed(kind, value):
    """Return what a value of a type becomes in CSV."""
    with Engine() as engine:
        column = Column(name="c", type=kind, meaning="")
        engine.create("main.shown", {"c": column.duckdb_type}, [{"c": value}])
        return engine.execute(f"select {csv_text(column)} from main.shown").fetchall()[0][0]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        pytest.param("TIMESTAMPTZ", "2026-10-01T02:00:00+02:00", "2026-10-01T00:00:00Z", id="an instant in UTC with Z"),
        pytest.param("TIMESTAMPTZ", "2026-10-01T00:00:00.25Z", "2026-10-01T00:00:00.250000Z", id="six decimals if not a whole second"),
        pytest.param("DATE", "2026-10-01", "2026-10-01", id="a date"),
        pytest.param("DECIMAL(18,4)", "1250", "1250.0000", id="all decimals of the scale"),
        pytest.param("DECIMAL(9,6)", "0", "0.000000", id="zero too"),
        pytest.param("DECIMAL(38,0)", "2674800000000", "2674800000000", id="no grouping, no exponent"),
        pytest.param("BOOLEAN", True, "true", id="a boolean in lower case"),
        pytest.param("BIGINT", -5, "-5", id="a negative number is no formula"),
        pytest.param("LIST<VARCHAR>", ["a", 'b"c'], '["a","b\\"c"]', id="a list as JSON without spaces"),
        pytest.param("LIST<VARCHAR>", [], "[]", id="an empty list"),
        pytest.param("JSON", '{"a":1}', '{"a":1}', id="JSON as it stands"),
        pytest.param("VARCHAR", "plain", "plain", id="plain text"),
        pytest.param("VARCHAR", "=1+1", "'=1+1", id="a formula is defused"),
        pytest.param("VARCHAR", "+49 30", "'+49 30", id="plus"),
        pytest.param("VARCHAR", "-", "'-", id="minus"),
        pytest.param("VARCHAR", "@sum", "'@sum", id="at"),
        pytest.param("VARCHAR", "\tx", "'\tx", id="tab"),
        pytest.param("VARCHAR", "\rx", "'\rx", id="carriage return"),
        pytest.param("VARCHAR", "a=b", "a=b", id="only the beginning counts"),
        pytest.param("VARCHAR", None, None, id="null stays null"),
    ],
)
def test_a_value_is_printed_as_the_dictionary_says(kind, value, text):
    assert printed(kind, value) == text


def incident(title, number=1):
    at = datetime(2026, 10, number, tzinfo=UTC)
    row = {"incident_id": f"I-{number}", "component_ids": [], "occurred_at": at, "title": title, "responsibility": "provider"}
    zeros = dict.fromkeys(("down_us", "tickets", "vendor_records", "alerts", "episodes"), 0)
    flags = {"major": False, "is_change_tested": False, "flags": []}
    return row | zeros | flags | {"status": "closed", "outage_basis": "none", "disputed": "none", "change_related": "none"}


def written(tmp_path, titles, table="incidents"):
    (tmp_path / "tables").mkdir(parents=True)
    folder = PackFolder(tmp_path)
    with Engine() as engine:
        engine.create_like_dictionary("reconciled.incidents", [incident(title, number) for number, title in enumerate(titles, 1)])
        entries = write_tables(engine, RUN, folder)
    return folder, entries


def test_a_csv_quotes_only_what_needs_it_and_reads_back(tmp_path):
    titles = ["plain", "a,b", 'say "no"', "two\nlines", "car\rriage", "#hash", " blank ", "null", None, "émigré ‏עברית"]
    folder, _ = written(tmp_path, titles)
    text = folder.csv("incidents").read_bytes().decode("utf-8")
    assert not text.startswith("\ufeff")
    assert text.endswith("\n")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["title"] for row in rows] == [title or "" for title in titles]
    for plain in ("#hash", " blank ", "null", "plain"):
        assert f",{plain}," in text
    assert '"a,b"' in text
    assert '"say ""no"""' in text


def test_every_table_ends_with_the_common_columns_and_keeps_its_order(tmp_path):
    folder, entries = written(tmp_path, ["b", "a", "c"])
    table = pq.read_table(folder.parquet("incidents"))
    assert table.column_names[-3:] == [column.name for column in dictionary().common_columns] == ["run_period", "run_id", "as_of"]
    assert set(table.column("run_id").to_pylist()) == {RUN.run_id}
    assert table.column("incident_id").to_pylist() == ["I-1", "I-2", "I-3"]
    header = folder.csv("incidents").read_text().splitlines()[0]
    assert header.split(",") == table.column_names
    assert [entry["path"] for entry in entries] == ["tables/incidents.parquet", "tables/incidents.csv"]


def test_a_csv_holds_only_what_its_condition_lets_in_the_parquet_holds_all(tmp_path):
    (tmp_path / "tables").mkdir()
    rows = [
        {"incident_id": "I-1", "raw_id": entity, "source_system": "s", "source_key": "k", "entity": entity, "member_role": "evidence"}
        | {"joined_by": "score"}
        for entity in ("alert", "ticket")
    ]
    folder = PackFolder(tmp_path)
    with Engine() as engine:
        engine.create_like_dictionary("reconciled.incident_members", rows)
        parquet, lines = write_tables(engine, RUN, folder)
    assert (parquet["rows"], lines["rows"]) == (2, 1)
    assert "alert" not in folder.csv("incident_members").read_text()


def test_a_table_that_is_not_for_readers_has_no_csv(tmp_path):
    (tmp_path / "tables").mkdir()
    with Engine() as engine:
        engine.create_like_dictionary("reconciled.field_provenance", [])
        entries = write_tables(engine, RUN, PackFolder(tmp_path))
    assert [entry["path"] for entry in entries] == ["tables/field_provenance.parquet"]


def test_a_table_that_breaks_the_dictionary_is_refused(tmp_path):
    (tmp_path / "tables").mkdir()
    with Engine() as engine:
        engine.execute("create table reconciled.incidents as select 'I-1' as incident_id")
        with pytest.raises(Exception, match=r"occurred_at|service_id"):
            write_tables(engine, RUN, PackFolder(tmp_path))
    with Engine() as engine:
        engine.create_like_dictionary("reconciled.incidents", [incident("x") | {"status": None}])
        with pytest.raises(BlockedError, match="status is null"):
            write_tables(engine, RUN, PackFolder(tmp_path))


def test_the_content_hash_covers_every_parquet_file_but_figures():
    entries = [
        {"table": "b", "path": "tables/b.parquet", "sha256": "2"},
        {"table": "a", "path": "tables/a.parquet", "sha256": "1"},
        {"table": "a", "path": "tables/a.csv", "sha256": "9"},
        {"table": "figures", "path": "tables/figures.parquet", "sha256": "8"},
    ]
    assert content_sha256(entries) == sha256_json([["a", "1"], ["b", "2"]])
    assert content_sha256(entries[:2]) == content_sha256(entries)


def digests(pack):
    return {pack.folder.relative(file): sha256_file(file) for file in pack.folder.root.rglob("*") if file.is_file()}


def test_one_thread_and_a_second_time_give_the_same_bytes(month, tmp_path):
    assert digests(publish(home_at(tmp_path), lifelike(), threads=1)) == digests(month)


def test_the_manifest_names_every_file_with_its_hash_and_rows(month):
    manifest = month.folder.read_manifest()
    named = {entry["path"]: entry for entry in [*manifest["tables"], *manifest["pages"]]}
    files = {month.folder.relative(file): file for file in month.folder.root.rglob("*") if file.is_file()}
    assert set(named) == set(files) - {"manifest.json"}
    for path, file in files.items():
        if path != "manifest.json":
            assert named[path]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        if path.endswith(".parquet"):
            assert named[path]["rows"] == pq.read_metadata(file).num_rows
