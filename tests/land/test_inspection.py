"""Whole or not, and of the kind its name says: counts of sound files, refusals of the others."""

import csv
import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.land.inspection import Export, count_rows
from tasks.model.errors import LedgerError
from tasks.model.mapping import RECORD_LISTS, Read
from tests.land.packed import archive, locked, rewritten, workbook

BLANKS = b" " * (17 * 2**20)  # just above the size from which archives are suspected
SHEET = "xl/worksheets/sheet1.xml"
LONG = b"k,v\n" + b"1,2\n" * 50_000
TABLE = json.dumps({"result": [{"number": "1"}, {"number": "2"}]}).encode()


def parquet(rows):
    sink = io.BytesIO()
    pq.write_table(pa.table({"k": list(range(rows))}), sink)
    return sink.getvalue()


def count(folder, name, content, **read):
    file = folder / name
    file.write_bytes(content)
    return count_rows(Export(file, f"inbox/desk/{name}", Read(**({"records": RECORD_LISTS} | read))))


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        pytest.param("a.csv", b"k,v\r\n1,2\r\n", 1, id="Windows line ends"),
        pytest.param("a.csv", b"k,v\r1,2\r", 1, id="old Macintosh line ends"),
        pytest.param("a.csv", b"k,v\n1,2", 1, id="no line end at the end"),
        pytest.param("a.csv", b"\xef\xbb\xbfk,v\n1,2\n", 1, id="a byte order mark"),
        pytest.param("a.csv", b'k,v\n1,"two\nlines"\n2,"a ""quoted""\n\nword"\n', 2, id="line ends inside quotes"),
        pytest.param("a.csv", b'k,v\n5" disk,1\n2,3\n', 2, id="a stray quote opens nothing"),
        pytest.param("a.csv", b'k,v\n5" disk,1\n7" disk,1\n2,3\n', 3, id="nor do two"),
        pytest.param("a.csv", b"k,v\n\n1,2\n\n", 1, id="blank lines are no rows"),
        pytest.param("a.csv", b"k,v\n1,2,3\n4,5\n6\n", 3, id="ragged rows are rows; staging sets them aside"),
        pytest.param("a.csv", b"k,v\n", 0, id="a header alone"),
        pytest.param("a.csv", b"k;v;w\n1,5;2;3\n", 1, id="semicolons and decimal commas"),
        pytest.param("a.csv", b'[k],"{v}"\n1,2\n', 1, id="brackets in a header make no JSON"),
        pytest.param("a.tsv", b"k\tv\n1,2\t3\n", 1, id="tabs"),
        pytest.param("A.CSV.GZ", gzip.compress(b"k\n1\n"), 1, id="gzip is looked through, whatever the case of its name"),
        pytest.param("a.csv.gz", gzip.compress(b"k\n1\n") + gzip.compress(b"2\n"), 2, id="gzip in two members"),
        pytest.param("a.csv", LONG, 50_000, id="many chunks"),
        pytest.param("a.json", TABLE, 2, id="the list inside an object"),
        pytest.param("a.json", b'{"page": {}, "incidents": [{}, {}], "scheduled_maintenances": [{}]}', 3, id="both lists of a status page"),
        pytest.param("a.json", b'{"id": 1, "incident_updates": [{}, {}]}', 1, id="one record with a list of its own"),
        pytest.param("a.json", b'{"a":1}\n{"a":2}\n', 2, id="objects after each other"),
        pytest.param("a.json", b"\xef\xbb\xbf [ ]\n", 0, id="an empty list after a byte order mark"),
        pytest.param("a.jsonl", b'{"a":1}\n\n{"a":2}\n', 2, id="a record a line"),
        pytest.param("a.ndjson.gz", gzip.compress(b'\xef\xbb\xbf{"a":1}\nbroken\n{"a":2}'), 3, id="a broken line in between is staging's"),
        pytest.param("a.parquet", parquet(3), 3, id="Parquet by its footer"),
        pytest.param("a.xlsx", workbook({"A": [["k", "v"], [1, 2], [3]]}), 2, id="a workbook"),
        pytest.param("a.xlsx", workbook({"A": [["Report"], [], ["k", "v"], [1, 2], [], [3]]}), 2, id="a title row is no header"),
        pytest.param("a.xlsx", workbook({"A": [["k", "v"], [1, 2]], "Notes": []}), 1, id="an empty sheet beside it"),
        pytest.param("a.xlsx", workbook({"A": [["k", "v"]]}), 0, id="a workbook with a header alone"),
        pytest.param("a.xlsx.gz", gzip.compress(workbook({"A": [["k", "v"], [1, 2]]})), 1, id="a workbook packed once more"),
        pytest.param(
            "a.zip", archive({"out/a.csv": b"k\n1\n2\n", "__MACOSX/a.csv": b"x", "out/": b""}), 2, id="an archive with one export"
        ),
        pytest.param("a.ZIP", archive({"a.json.gz": gzip.compress(TABLE)}), 2, id="an export packed twice"),
        pytest.param("a.zip", archive({"a.xlsx": workbook({"A": [["k", "v"], [1, 2]]})}), 1, id="a workbook in an archive"),
        pytest.param("a.zip", archive({"a.csv": b"k,v\n" + b"1,2\n" * 2_000_000}), 2_000_000, id="much of the same is no bomb"),
        pytest.param("a.parquet.gz", gzip.compress(parquet(3)), 3, id="Parquet packed once more"),
    ],
)
def test_rows_are_counted_as_records(tmp_path, name, content, rows):
    assert count(tmp_path, name, content) == rows


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        pytest.param("a.csv", b"", "is empty", id="nothing"),
        pytest.param("a.csv", b"\xef\xbb\xbf\r\n", "is empty", id="a byte order mark and a line end"),
        pytest.param("a.csv.gz", gzip.compress(b""), "is empty", id="an archive of nothing"),
        pytest.param("a.xls", b"PK\x03\x04", r"'\.xls' files are not read\n  known: csv, csv\.gz", id="a kind that is not read"),
        pytest.param("a.xlsx", b"PK\x03\x04", "no whole workbook", id="a workbook cut off"),
        pytest.param("a.xlsx", workbook({"A": [["k"], [1]]})[:-30], "no whole workbook", id="a workbook without its end"),
        pytest.param("a.xlsx", archive({"a.csv": b"k\n"}), "no whole workbook", id="an archive that calls itself a workbook"),
        pytest.param("a.xlsx", b"\xd0\xcf\x11\xe0abc", "locked with a password", id="a locked workbook"),
        pytest.param("a.xlsx", b"k,v\n1,2\n", "the name says xlsx, the content is text", id="csv saved as xlsx"),
        pytest.param(
            "a.xlsx", workbook({"A": [["k", "v"], [1, 2]], "B": [["k", "v"], [3, 4]]}), "several sheets hold rows: A, B", id="two sheets"
        ),
        pytest.param("a.xlsx", workbook({"A": [["k", "k"], [1, 2]]}), "two columns are called k", id="two columns of one name in a sheet"),
        pytest.param("a.xlsx", rewritten(workbook({"A": [["k"], [1]]}), SHEET, lambda xml: xml[:-40]), "is broken", id="a sheet cut off"),
        pytest.param(
            "a.xlsx",
            rewritten(
                workbook({"A": [["k"], [1]]}), SHEET, lambda xml: xml.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1)
            ),
            "declares a document type",
            id="a sheet with entities",
        ),
        pytest.param(
            "a.xlsx",
            rewritten(workbook({"A": [["k"], [1]]}), SHEET, lambda xml: xml + BLANKS),
            "zip bomb",
            id="a workbook that explodes",
        ),
        pytest.param("a.zip", archive({"a.csv": b"k\n" + BLANKS}, level=9), "zip bomb", id="an archive that explodes"),
        pytest.param("a.zip", archive({"../a.csv": b"k\n1\n"}), "leads out of it: ../a.csv", id="a path out of the archive"),
        pytest.param("a.zip", archive({"/etc/a.csv": b"k\n1\n"}), "leads out of it", id="a path from the root"),
        pytest.param("a.zip", archive({"C:\\a.csv": b"k\n1\n"}), "leads out of it", id="a path of a drive"),
        pytest.param(
            "a.zip", archive({"b.csv": b"k\n", "a.csv": b"k\n"}), "holds 2 files where one is read: a.csv, b.csv", id="two exports"
        ),
        pytest.param("a.zip", archive({}), "holds 0 files", id="an empty archive"),
        pytest.param("a.zip", archive({"a.zip": b"PK"}), "files are not read", id="an archive in an archive"),
        pytest.param("a.zip", locked(archive({"a.csv": b"k\n1\n"})), "locked with a password", id="a locked archive"),
        pytest.param("a.zip", archive({"a.csv": b"k\n1\n"})[:-30], "broken", id="an archive without its end"),
        pytest.param("a.zip", b"k\n1\n", "broken", id="csv saved as zip"),
        pytest.param("tickets", b"k\n1\n", "files are not read", id="a name without a kind"),
        pytest.param("a.csv", b"PK\x03\x04abc", "a zip archive or workbook", id="a workbook saved as csv"),
        pytest.param("a.csv", b"\xd0\xcf\x11\xe0abc", "an old Excel workbook", id="an old workbook saved as csv"),
        pytest.param("a.csv", b"%PDF-1.7", "a PDF", id="a report saved as csv"),
        pytest.param("a.csv", b"\n<!DOCTYPE html><html>", "an HTML or XML page", id="a login page saved as csv"),
        pytest.param("a.json", b"<?xml version='1.0'?>", "an HTML or XML page", id="an error page saved as json"),
        pytest.param("a.csv", b'{"error": "unauthorized"}', "content is JSON", id="an error answer saved as csv"),
        pytest.param("a.csv", "k\n1\n".encode("utf-16"), "UTF-16", id="UTF-16 text"),
        pytest.param("a.csv", b"k,v\n\x00\x01\n", "binary data", id="binary data"),
        pytest.param("a.csv", gzip.compress(b"k\n1\n"), "a gzip archive", id="an archive that does not say so"),
        pytest.param("a.csv", "k,v\nKöln,1\n".encode("cp1252"), "line 2 is not UTF-8", id="Windows-1252"),
        pytest.param("a.csv", LONG + "Köln,1\n".encode("cp1252"), "line 50002 is not UTF-8", id="Windows-1252 far below"),
        pytest.param("a.csv", "k,v\n1,Köln".encode()[:-3], "middle of a character", id="cut inside a character"),
        pytest.param("a.csv", b'k,v\n1,"two\n2,3\n', "never closed", id="cut inside quotes"),
        pytest.param("a.csv", b"k,v,w\n1,2,3\n4,5", "fewer columns than the header and no line end", id="cut inside a line"),
        pytest.param("a.csv", b"k,v, k\n1,2,3\n", "two columns are called 'k'", id="two columns of one name"),
        pytest.param("a.csv.gz", gzip.compress(LONG)[:-40], "ends early", id="a truncated archive"),
        pytest.param("a.csv.gz", gzip.compress(LONG)[:-8] + b"\x00" * 8, "is broken", id="an archive with another checksum"),
        pytest.param("a.csv.gz", b"k,v\n1,2\n", "is broken", id="no archive at all"),
        pytest.param("a.json", TABLE[:-4], "the JSON ends early", id="JSON cut off"),
        pytest.param("a.json", b'{"result": [{"title": "chec', "the JSON ends early", id="JSON cut off inside a text"),
        pytest.param("a.json", b'{"result": [}]}', "this is not JSON", id="JSON that is none"),
        pytest.param("a.json", b"k,v\n", "content is text", id="csv saved as json"),
        pytest.param("a.json", '{"a": "Köln"}'.encode("cp1252"), "not UTF-8", id="JSON in Windows-1252"),
        pytest.param("a.ndjson", b'{"a":1}\n{"a":', "ends early", id="a last line cut off"),
        pytest.param("a.ndjson", b'{"a":\n1}\n', "first line is no JSON", id="a document over several lines"),
        pytest.param("a.parquet", b"PAR1 and no footer", "footer is missing", id="Parquet without its footer"),
        pytest.param("a.parquet", parquet(3)[:-20], "footer is missing", id="Parquet cut off"),
        pytest.param("a.parquet", b"k,v\n1,2\n", "content is text", id="csv saved as parquet"),
    ],
)
def test_a_file_that_is_not_whole_or_not_of_its_kind_is_refused_with_its_place_and_mend(tmp_path, name, content, words):
    with pytest.raises(LedgerError, match=words) as raised:
        count(tmp_path, name, content)
    assert raised.value.where == f"inbox/desk/{name}"
    assert raised.value.fix


TWO_SHEETS = workbook({"A": [["k", "v"], [1, 2]], "B": [["a title", "over all"], ["k", "v"], [1, 2], [3, 4]]})


@pytest.mark.parametrize(
    ("name", "content", "read", "rows"),
    [
        pytest.param("a.xlsx", TWO_SHEETS, {"sheet": "B", "header_row": 2}, 2, id="a sheet by its name, a header by its row"),
        pytest.param("a.csv", "k,v\nKöln,1\n".encode("cp1252"), {"encoding": "cp1252"}, 1, id="Windows-1252"),
        pytest.param("a.csv", "k,v\nKöln,1\n".encode("utf-16"), {"encoding": "UTF-16"}, 1, id="UTF-16"),
        pytest.param("a.csv.gz", gzip.compress("k\nKöln\n".encode("utf-16")), {"encoding": "utf-16"}, 1, id="UTF-16, packed"),
        pytest.param("a.zip", archive({"a.csv": "k\nKöln\n".encode("cp1252")}), {"encoding": "cp1252"}, 1, id="Windows-1252 in an archive"),
        pytest.param("a.csv", b"a,b|c\n1|2\n", {"delimiter": "|"}, 1, id="a delimiter that is not the widest"),
        pytest.param("a.json", b'{"rows": [{}, {}], "items": [{}]}', {"records": ("rows",)}, 2, id="the member that holds the records"),
    ],
)
def test_a_file_is_opened_as_its_source_or_mapping_says(tmp_path, name, content, read, rows):
    assert count(tmp_path, name, content, **read) == rows


@pytest.mark.parametrize(
    ("name", "content", "read", "words"),
    [
        pytest.param("a.xlsx", TWO_SHEETS, {"sheet": "C"}, "no sheet 'C' among A, B", id="a sheet that is not there"),
        pytest.param("a.xlsx", TWO_SHEETS, {"sheet": "A", "header_row": 9}, "row 9 of the sheet is empty", id="a header below the rows"),
        pytest.param("a.csv", "k\nKöln\n".encode(), {"encoding": "utf-16"}, "not utf-16", id="UTF-8 where UTF-16 is said"),
        pytest.param("a.csv", b"k\n\x81\n", {"encoding": "cp1252"}, "not cp1252", id="a byte that Windows-1252 does not have"),
    ],
)
def test_a_file_that_is_not_as_its_mapping_says_is_refused(tmp_path, name, content, read, words):
    with pytest.raises(LedgerError, match=words):
        count(tmp_path, name, content, **read)


@pytest.mark.parametrize(
    ("limit", "name", "content", "words"),
    [
        pytest.param("exports.UNPACKED_LIMIT", "a.zip", archive({"a.csv": LONG}), "unpacks to more than", id="a large archive"),
        pytest.param("DOCUMENT_LIMIT", "a.json", b"[" + b" " * 100 + b"]", "larger than", id="a document too large to read whole"),
        pytest.param("exports.UNPACKED_LIMIT", "a.csv.gz", gzip.compress(LONG), "unpacks to more than", id="an archive that explodes"),
        pytest.param("RECORD_LIMIT", "a.csv", b'k,v\n1,"' + b"x" * 9000 + b'"\n', "a record is too long", id="an endless record"),
    ],
)
def test_limits_are_kept(tmp_path, monkeypatch, limit, name, content, words):
    monkeypatch.setattr(f"tasks.land.inspection.{limit}", 64)
    with pytest.raises(LedgerError, match=words):
        count(tmp_path, name, content)


FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(FIELD, min_size=2, max_size=2), min_size=1, max_size=8),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_whatever_a_csv_writer_writes_is_counted(tmp_path_factory, rows, quoting):
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting).writerows([["k", "v"], *rows])
    assert count(tmp_path_factory.mktemp("any"), "a.csv", text.getvalue().encode()) == len(rows)
