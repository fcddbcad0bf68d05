"""Is a file whole, and of the kind its name says? A refusal says what is wrong and how to mend it; counts are control totals.

Only bytes are judged here: what a column means is for staging. Everything but a JSON document is read as a stream.
"""

from __future__ import annotations

import codecs
import csv
import errno
import gzip
import io
import json
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from tasks.model.errors import LedgerError
from tasks.model.mapping import Read
from tasks.store import exports
from tasks.store.engine import Engine, exact
from tasks.store.exports import ExportError, ExportFile
from tasks.store.workbook import read_table

CHUNK = 4 * 1024 * 1024
RECORD_LIMIT = 16 * 1024 * 1024  # bytes of one record of a table
DOCUMENT_LIMIT = 256 * 1024 * 1024  # bytes of a JSON document, which is read whole
DELIMITERS = (",", ";", "\t", "|")
SAVE_AS_UTF8 = "save it as UTF-8 (in a spreadsheet: CSV UTF-8) and drop it again"
AGAIN = "export or transfer it again and compare its size"
END = "\0end of file"
ESCAPES = re.compile(r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")  # of JSON: a backslash, a character in two halves
HALF = re.compile(r"\\u[dD][89a-fA-F]")
WHITE_SPACE = re.compile(r"\s*")
DECODER = json.JSONDecoder(parse_int=str, parse_float=str)  # numbers are not computed: they may have any length
TITLE_BELOW = 3  # columns that all lines must have below a first line of one column, for that to be a title and no header

LOOKS = (  # what the first bytes say, after the text's byte order mark and white space
    ("Parquet", rb"PAR1"),
    ("a gzip archive", rb"\x1f\x8b"),
    ("a zip archive or workbook", rb"PK\x03\x04"),
    ("an old Excel workbook", rb"\xd0\xcf\x11\xe0"),
    ("a PDF", rb"%PDF"),
    ("UTF-16 text", rb"\xff\xfe|\xfe\xff"),
    ("binary data", rb"[^\x00]{0,511}\x00"),
    ("an HTML or XML page, such as a login or error page", rb"\s*<(!|\?|[A-Za-z])"),
    ("JSON", rb"\s*(\{\s*[\"}]|\[\s*[\[{\]])"),
)
LOOKS_LIKE = {
    **{"csv": "text", "tsv": "text", "xlsx": "a zip archive or workbook", "json": "JSON", "ndjson": "JSON", "jsonl": "JSON"},
    "parquet": "Parquet",
}
KINDS = tuple(LOOKS_LIKE)


@dataclass(frozen=True)
class Export:
    """A file to be judged, its place as refusals name it, and how its source or mapping says that it is to be opened."""

    path: Path
    where: str
    read: Read = field(default_factory=Read)

    @cached_property
    def file(self) -> ExportFile:
        """Return it as a stream of its content."""
        return ExportFile(self.path, self.read.encoding)

    @property
    def kind(self) -> str:
        """Return the kind that its name says, or that of the file in it; ExportError if that cannot be found out."""
        return self.file.kind

    def opened(self) -> BinaryIO:
        """Open its content, unpacked and as UTF-8."""
        return self.file.opened()

    def refusal(self, what: str, fix: str) -> LedgerError:
        """Return the error that refuses it."""
        return LedgerError(what, where=self.where, fix=fix)


def count_rows(export: Export) -> int:
    """Return the number of records of a whole file: lines of a table below its header, elements of a JSON list, rows of Parquet.

    Raises:
        LedgerError: If the file is empty, ends early, or is not what its name says.
    """
    if export.path.stat().st_size == 0:
        raise export.refusal("the file is empty", "export it again; an export without rows still has its header or []")
    with _refusing(export):
        if export.kind not in KINDS:
            known = [kind + ending for kind in KINDS for ending in ("", ".gz", ".zip")]
            raise LedgerError(f"'.{export.kind}' files are not read", where=export.where, known=known, fix="export it as one of these")
        _refuse_another_kind(export)
        match export.kind:
            case "csv" | "tsv":
                return _table_rows(export)
            case "xlsx":
                return _workbook_rows(export)
            case "json":
                return _document_rows(export)
            case "parquet":
                return _parquet_rows(export)
        return _line_rows(export)


@contextmanager
def _refusing(export: Export) -> Iterator[None]:
    """Turn what the readers say of broken bytes into refusals."""
    try:
        yield
    except ExportError as error:
        raise export.refusal(error.what, error.fix) from error
    except EOFError as error:
        raise export.refusal("the archive ends early", AGAIN) from error
    except (gzip.BadGzipFile, zlib.error, zipfile.BadZipFile) as error:
        raise export.refusal(f"the archive is broken ({error})", AGAIN) from error
    except UnicodeError as error:
        what = f"it is not {export.read.encoding}, as its source or mapping says"
        raise export.refusal(what, "name the encoding it is really in, or export it again") from error
    except csv.Error as error:
        raise export.refusal(f"it is no CSV ({error})", "double every quote inside a quoted field (RFC 4180)") from error
    except OSError as error:
        if error.errno in (None, errno.EINVAL):  # a place that an archive names lies nowhere
            raise export.refusal(f"the archive is broken ({error.strerror or error})", AGAIN) from error
        raise export.refusal(f"the file cannot be read ({error.strerror or error})", "mend its permissions or the disk") from error


def _refuse_another_kind(export: Export) -> None:
    with export.opened() as stream:
        start = stream.read(512).removeprefix(codecs.BOM_UTF8)
    if not start.strip():
        raise export.refusal("the file is empty", "export it again; an export without rows still has its header or []")
    looks = next((name for name, pattern in LOOKS if re.match(pattern, start)), "text")
    if export.kind == "xlsx" and looks == "an old Excel workbook":
        raise export.refusal("it is locked with a password, or an old .xls workbook", "save it as .xlsx without a password")
    if looks != LOOKS_LIKE[export.kind]:
        raise export.refusal(f"the name says {export.kind}, the content is {looks}", "export it again, or give it the name of its kind")


def _table_rows(export: Export) -> int:
    quotes, tail = _read_text(export)
    delimiter, names = _header(export)
    _refuse_twins(export, names)
    if quotes % 2:
        _refuse_open_quote(export, delimiter)
    found = _records(export, delimiter)
    if quotes and found.ragged:
        _refuse_open_quote(export, delimiter)
    if found.last_short is not None and tail == found.last_short:
        raise export.refusal("the last line has fewer columns than the header and no line end: the file ends early", AGAIN)
    if len(names) == 1 and 0 < found.rows == found.wide:
        what = f"the first line holds one column ('{names[0][:60]}'), every line below it {TITLE_BELOW} or more: a title above the header"
        raise export.refusal(what, "remove what stands above the header, and drop it again")
    return found.rows


def _read_text(export: Export) -> tuple[int, str]:
    """Read a text through; return the number of its quotes, and what stands behind its last line end."""
    decoder, line, quotes, size, tail = codecs.getincrementaldecoder("utf-8-sig")(), 1, 0, 0, b""
    with export.opened() as stream:
        while True:
            chunk = stream.read(CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise _not_utf8(export, error, line) from error
            if not chunk:
                return quotes, tail.decode(errors="replace")
            if b"\0" in chunk:
                at = line + chunk.count(b"\n", 0, chunk.index(b"\0"))
                raise export.refusal(f"line {at} holds a NUL byte: it is no text, or a block of it was lost on the way", AGAIN)
            size += len(chunk)
            if size > exports.UNPACKED_LIMIT:
                raise export.refusal(f"it unpacks to more than {exports.UNPACKED_LIMIT // 1024**3} GiB", "split the export")
            quotes += chunk.count(b'"')
            line += chunk.count(b"\n")
            end = chunk.rfind(b"\n")
            tail = chunk[end + 1 :] if end >= 0 else (tail + chunk)[-RECORD_LIMIT:]


def _not_utf8(export: Export, error: UnicodeDecodeError, line: int) -> LedgerError:
    if error.end == len(error.object) and error.reason == "unexpected end of data":
        return export.refusal("the text ends in the middle of a character: the file ends early", AGAIN)
    at = line + error.object.count(b"\n", 0, error.start)
    what = f"line {at} is not UTF-8 (byte 0x{error.object[error.start]:02x}); the file looks like Windows-1252 or Latin-1"
    return export.refusal(what, SAVE_AS_UTF8)


def _text(export: Export) -> io.TextIOWrapper:
    return io.TextIOWrapper(export.opened(), encoding="utf-8-sig", newline="")


def _header(export: Export) -> tuple[str, list[str]]:
    """Return a table's delimiter, the one that makes most of its first line, and the names of its columns."""
    with _text(export) as lines:
        first = lines.readline(RECORD_LIMIT)
    width: Callable[[str], int] = lambda mark: len(next(csv.reader([first], delimiter=mark), []))  # noqa: E731
    delimiter = "\t" if export.kind == "tsv" else export.read.delimiter or max(DELIMITERS, key=width)
    with _text(export) as lines:
        names = next(csv.reader(lines, delimiter=delimiter, strict=True), [])
    return delimiter, [name.strip() for name in names if name.strip()]


def _refuse_open_quote(export: Export, delimiter: str) -> None:
    """Refuse a file whose end lies inside a quoted field: a line put after it is then swallowed."""
    with _text(export) as lines:
        last = deque(csv.reader(chain(lines, ["\n", END]), delimiter=delimiter), maxlen=1)
    if last[0] != [END]:
        raise export.refusal("a quote is opened and never closed: the file ends early, or a quote in it is not doubled", AGAIN)


@dataclass
class Records:
    """What a table holds below its header, blank lines left out; `ragged` rows have not its columns, `wide` ones many."""

    rows: int = -1  # the header is counted with them
    ragged: int = 0
    wide: int = 0
    last_short: str | None = None

    def note(self, row: pacsv.InvalidRow) -> str:
        """Count a row that has not the columns of the header."""
        self.rows += 1
        self.ragged += 1
        self.wide += row.actual_columns >= TITLE_BELOW
        self.last_short = row.text if row.actual_columns < row.expected_columns else self.last_short
        return "skip"


def _records(export: Export, delimiter: str) -> Records:
    found = Records()
    with export.opened() as stream:
        try:
            reader = pacsv.open_csv(
                stream,
                read_options=pacsv.ReadOptions(autogenerate_column_names=True, block_size=RECORD_LIMIT),
                parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=found.note),
                convert_options=pacsv.ConvertOptions(include_columns=["f0"], column_types={"f0": pa.binary()}),
            )
            found.rows += sum(batch.num_rows for batch in reader)
        except pa.ArrowInvalid as error:
            what = f"a record is too long ({RECORD_LIMIT // 1024**2} MiB at most): a quote is never closed, or this is no table"
            raise export.refusal(what, "double every quote inside a quoted field (RFC 4180)") from error
    return found


def _workbook_rows(export: Export) -> int:
    """Return the number of rows below the header of the sheet that is read; broken ones are staging's."""
    read = export.read
    with export.file.seekable() as workbook:
        return len(read_table(workbook, sheet=read.sheet, header_row=read.header_row).rows)


def _document_rows(export: Export) -> int:
    with export.opened() as stream:
        content = stream.read(DOCUMENT_LIMIT + 1)
    if len(content) > DOCUMENT_LIMIT:
        raise export.refusal(f"the document is larger than {DOCUMENT_LIMIT // 1024**2} MiB", "export it as ndjson, or in several files")
    try:
        text = content.decode("utf-8-sig")
        if HALF.search(text) and (half := HALF.search(ESCAPES.sub(" ", text))):
            raise export.refusal(
                f"it holds half a character ({half[0]}.., without its other half)", "cut texts between characters, and export it again"
            )
        documents = list(_documents(text))
    except UnicodeDecodeError as error:
        raise _not_utf8(export, error, 1) from error
    except json.JSONDecodeError as error:
        is_cut = error.pos >= len(error.doc) or error.msg.startswith("Unterminated string")
        what = "the JSON ends early" if is_cut else f"this is not JSON (line {error.lineno}, column {error.colno}: {error.msg})"
        raise export.refusal(what, AGAIN if is_cut else "export it again") from error
    except (ValueError, RecursionError) as error:
        raise export.refusal(f"this is not JSON ({_words(error)})", "export it again") from error
    return sum(_elements(document, export.read.records) for document in documents)


def _documents(text: str) -> Iterator[Any]:
    """Yield the documents of a text: one, or several after each other."""
    text, place = text.strip(), 0
    while place < len(text):
        document, end = DECODER.raw_decode(text, place)
        yield document
        place = WHITE_SPACE.match(text, end).end()  # type: ignore[union-attr]


def _elements(document: Any, members: Sequence[str]) -> int:
    if isinstance(document, list):
        return len(document)
    lists = [document[name] for name in members if isinstance(document.get(name), list)] if isinstance(document, dict) else []
    return sum(map(len, lists)) if lists else 1


def _line_rows(export: Export) -> int:
    _read_text(export)
    rows, first, last = 0, "", ""
    with export.opened() as stream:
        for line in io.TextIOWrapper(stream, encoding="utf-8-sig"):
            if line.strip():
                rows, first, last = rows + 1, first or line, line
    if not _is_json(first):
        raise export.refusal("the first line is no JSON", "write one record a line, or name a document over several lines .json")
    if not _is_json(last):
        raise export.refusal("the last line is no whole JSON: the file ends early", AGAIN)
    return rows


def _is_json(line: str) -> bool:
    try:
        DECODER.decode(line)
    except (ValueError, RecursionError):
        return False
    return True


def _words(error: Exception) -> str:
    return "its values are nested too deep" if isinstance(error, RecursionError) else str(error)


def _parquet_rows(export: Export) -> int:
    """Return the number of rows, every value read as staging will read it: a footer says nothing of damaged pages."""
    with export.file.seekable() as stream:
        try:
            names = pq.ParquetFile(stream).schema_arrow.names
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise export.refusal("the Parquet footer is missing or broken: the file ends early", AGAIN) from error
        _refuse_twins(export, names)
        try:
            with Engine() as engine:
                (found,) = engine.rows(
                    "select count(*) as rows, bit_xor(hash(it)) from read_parquet($path) as it", {"path": exact(stream.name)}
                )
        except duckdb.Error as error:
            raise export.refusal("a page of the Parquet file is damaged", AGAIN) from error
    return int(found["rows"])


def _refuse_twins(export: Export, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise export.refusal(f"two columns are called '{twice[0]}'", "give every column a name of its own")
