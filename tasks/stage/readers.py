"""One reader per file format: what columns a landed file has, and its records as rows of text in `payload.lines`.

DuckDB parses. Only a CSV that it refuses is read again by Python's csv module, which tells broken lines from sound ones.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import IO, Any, Protocol, TextIO, TypeVar

import duckdb
import pyarrow as pa

from tasks.model.identity import canonical_json
from tasks.stage.adapters import Adapter
from tasks.stage.sql_text import quoted
from tasks.store.engine import Engine, exact
from tasks.store.exports import ExportError, ExportFile
from tasks.store.workbook import SheetTable, read_table

Result = TypeVar("Result")
KINDS = ("csv", "tsv", "xlsx", "json", "ndjson", "jsonl", "parquet")
DELIMITERS = (",", ";", "\t", "|")
BATCH = 20_000  # records handed to DuckDB at a time where Python reads
LINE_LIMIT = 64 * 1024 * 1024  # bytes of one line of JSON
REFUSALS = (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException)  # a file is not what its name says
SAVE_AS_UTF8 = "save it as UTF-8 (in a spreadsheet: CSV UTF-8)"


class Reader(Protocol):
    """How one file is read; `copy` is its unpacked or recoded content, if it needs one.

    Both methods raise `ExportError` or DuckDB's error if it is not what its name says.
    """

    copy: IO[bytes]

    def columns(self, engine: Engine) -> list[str]:
        """Return the names of its columns, as the file spells them."""

    def insert(self, engine: Engine, landing_seq: int, names: Sequence[str]) -> None:
        """Append its records to payload.lines in their order: the values of `names`, null where empty, or a malformed record's text."""


def reader_for(path: Path, adapter: Adapter, rows: int | None = None) -> Reader:
    """Return the reader that a file's name asks for.

    Args:
        path: The landed file; what it is packed in is taken off on the way.
        adapter: How its content is written, and which columns are wanted.
        rows: How many landing counted in it; None if it was not landed.

    Raises:
        ExportError: If the name says nothing that can be read, or it is not packed or encoded as was said.
    """
    file = ExportFile(path, adapter.read.encoding)
    kind = file.kind
    if kind not in KINDS:
        raise ExportError(f"no reader for '.{kind}'", f"export one of {', '.join(KINDS)}, packed with gzip or zip if you like")
    if not (file.is_zip or file.is_recoded or kind in ("xlsx", "parquet")):
        return _reader(path, kind, adapter, rows)
    copy = _plain(file)
    reader = _reader(Path(copy.name), kind, adapter, rows)
    reader.copy = copy  # goes when the reader goes
    return reader


def _plain(file: ExportFile) -> IO[bytes]:
    try:
        return _decoded(file.plain)
    except UnicodeError as error:
        mend = "name the encoding it is really in, at the source or in read.encoding of the mapping"
        raise ExportError(f"it is not {file.encoding}, as its source or mapping says", mend) from error


def _reader(path: Path, kind: str, adapter: Adapter, rows: int | None) -> Reader:
    match kind:
        case "csv" | "tsv":
            return CsvReader(path, "\t" if kind == "tsv" else adapter.read.delimiter, adapter.labels, rows)
        case "xlsx":
            return WorkbookReader(path, adapter)
        case "json":
            return JsonReader(path, adapter.records)
        case "parquet":
            return ParquetReader(path)
    return JsonLinesReader(path, adapter.records)


class CsvReader:
    """CSV with a header row: comma, semicolon, tab or bar, RFC 4180 quotes, UTF-8 with or without byte order mark."""

    def __init__(self, path: Path, delimiter: str | None, labels: Mapping[str, str], rows: int | None) -> None:
        self.path = path
        self._rows = rows
        self._stated = delimiter
        self._labels = labels
        self._delimiter = delimiter or ","

    def columns(self, engine: Engine) -> list[str]:
        """Return the header's names; a nameless column is called by its place."""
        with _text(self.path) as file:
            first = _decoded(file.readline)
            widest = max(DELIMITERS, key=lambda mark: len(next(csv.reader([first], delimiter=mark), [])))
            self._delimiter = self._stated or widest
        with _text(self.path) as file:
            header = _decoded(lambda: next(csv.reader(file, delimiter=self._delimiter), []))
        names = [name.strip() or f"column {place}" for place, name in enumerate(header, 1)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ExportError(f"two columns are called {', '.join(twice)}", "give every column a name of its own")
        return relabelled(names, self._labels)

    def insert(self, engine: Engine, landing_seq: int, names: Sequence[str]) -> None:
        """Append the records: by DuckDB, or, where it meets a line it cannot split or does not find every row, by Python's csv."""
        own = self.columns(engine)
        engine.execute("begin")
        try:
            is_whole = self._insert_by_duckdb(engine, landing_seq, names, own) == self._rows or self._rows is None
        except REFUSALS:
            is_whole = False
        engine.execute("commit" if is_whole else "rollback")
        if not is_whole:
            self._insert_by_python(engine, landing_seq, names, own)

    def _insert_by_duckdb(self, engine: Engine, landing_seq: int, names: Sequence[str], own: Sequence[str]) -> int:
        spec = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(own)))
        values = ", ".join(f"read.c{own.index(name)}" if name in own else "null" for name in names)
        inserted = engine.execute(
            f"""
            insert into payload.lines
            select $landing_seq, null, {values}
            from read_csv(
                $path, {_compression(self.path)}, auto_detect = false, header = true,
                delim = '{self._delimiter}', quote = '"', escape = '"', columns = {{{spec}}}
            ) as read
            """,
            {"landing_seq": landing_seq, "path": exact(self.path)},
        )
        return int(inserted.fetchall()[0][0])

    def _insert_by_python(self, engine: Engine, landing_seq: int, names: Sequence[str], own: Sequence[str]) -> None:
        places = [own.index(name) if name in own else None for name in names]
        with _text(self.path) as file:
            records = self._records(file)
            _decoded(lambda: next(records, None))
            while batch := _decoded(lambda: list(islice(records, BATCH))):
                _append(engine, landing_seq, len(names), [self._row(*record, places, len(own)) for record in batch])

    def _records(self, file: TextIO) -> Iterator[tuple[str, list[str]]]:
        """Yield each record's text and fields, blank lines left out."""
        lines: list[str] = []

        def remembered() -> Iterator[str]:
            for line in file:
                lines.append(line)
                yield line

        for fields in csv.reader(remembered(), delimiter=self._delimiter):
            record = "".join(lines).rstrip("\r\n")
            lines.clear()
            if fields:
                yield record, fields

    def _row(self, record: str, fields: Sequence[str], places: Sequence[int | None], width: int) -> list[str | None]:
        is_sound = '"' not in record or self._is_sound(record)
        if not is_sound or len(fields) < width or any(fields[width:]):
            return [record, *(None for _ in places)]
        return [None, *(None if place is None else fields[place] or None for place in places)]

    def _is_sound(self, record: str) -> bool:
        try:
            list(csv.reader(record.splitlines(keepends=True), delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise ExportError(f"a quote is opened and never closed: {record.splitlines()[0][:60]}", "export it again, whole") from error
            return False
        return True


class WorkbookReader:
    """A sheet of an XLSX workbook; a row with a cell whose value is not known is malformed, and its words name the cell."""

    def __init__(self, path: Path, adapter: Adapter) -> None:
        self.path = path
        self._adapter = adapter

    @cached_property
    def _table(self) -> SheetTable:
        read = self._adapter.read
        wanted = (*self._adapter.columns, *self._adapter.labels)
        with self.path.open("rb") as file:
            return read_table(file, sheet=read.sheet, header_row=read.header_row, decimal=read.decimal, wanted=wanted)

    def columns(self, engine: Engine) -> list[str]:
        """Return the names in the header."""
        return relabelled(self._table.names, self._adapter.labels)

    def insert(self, engine: Engine, landing_seq: int, names: Sequence[str]) -> None:
        """Append the rows below the header."""
        own = self.columns(engine)
        places = [own.index(name) if name in own else None for name in names]
        rows = iter(enumerate(self._table.rows))
        while batch := list(islice(rows, BATCH)):
            _append(engine, landing_seq, len(names), [self._row(number, texts, places) for number, texts in batch])

    def _row(self, number: int, texts: Sequence[str | None], places: Sequence[int | None]) -> list[str | None]:
        broken = self._table.broken.get(number)
        return [broken, *(None if broken or place is None else texts[place] for place in places)]


class JsonReader:
    """A JSON array of records, an object whose member holds them, or objects one after the other."""

    def __init__(self, path: Path, records: Sequence[str]) -> None:
        self.path = path
        self.records = records

    def columns(self, engine: Engine) -> list[str]:
        """Return every key that any record has."""
        keys = engine.execute(
            f"select distinct unnest(json_keys(record)) as key from ({self._select()}) where json_type(record) = 'OBJECT' order by key",
            {"path": exact(self.path)},
        )
        return [key for (key,) in keys.fetchall()]

    def insert(self, engine: Engine, landing_seq: int, names: Sequence[str]) -> None:
        """Append the records: scalars as text, nested values as JSON text; what is no object is malformed."""
        pointers = ", ".join(quoted("/" + name.replace("~", "~0").replace("/", "~1")) for name in names)
        values = "".join(f", nullif(fields[{place}], '')" for place in range(1, len(names) + 1))
        engine.execute(
            f"""
            insert into payload.lines
            select $landing_seq, if(json_type(record) = 'OBJECT', null, record::varchar) {values}
            from (
                select
                    record,
                    json_extract_string(if(json_type(record) = 'OBJECT', record, '{{}}'::json), [{pointers}]::varchar[]) as fields
                from ({self._select()})
            )
            """,
            {"landing_seq": landing_seq, "path": exact(self.path)},
        )

    def _select(self) -> str:
        return _records(f"select json as value from read_json_objects($path, {_compression(self.path)}, {self._form()})", self.records)

    def _form(self) -> str:
        """Return how DuckDB is to read the file; a JSON value may be as large as the whole file, unpacked."""
        with _text(self.path) as file:
            form = "array" if _decoded(lambda: file.read(4096)).lstrip().startswith("[") else "unstructured"
        with _bytes(self.path) as file:
            size = sum(len(part) for part in iter(lambda: file.read(1024 * 1024), b""))
        return f"format = '{form}', maximum_object_size = {max(size + 1, 16 * 1024 * 1024)}"


class JsonLinesReader(JsonReader):
    """One JSON object a line; a line that is none is kept as malformed."""

    def columns(self, engine: Engine) -> list[str]:
        """Return every key that any record has; lines that DuckDB cannot tell apart (their ends differ) are written anew first."""
        try:
            return super().columns(engine)
        except REFUSALS:
            self.copy = tempfile.NamedTemporaryFile(suffix=".ndjson")  # noqa: SIM115 - goes when the reader goes
            with io.TextIOWrapper(_bytes(self.path), encoding="utf-8-sig") as lines:
                self.copy.writelines(_json_line(line).encode() for line in lines)
            self.copy.flush()
            self.path = Path(self.copy.name)
            return super().columns(engine)

    def _select(self) -> str:
        lines = f"""
            select if(json_valid(line), line, to_json(line)::varchar)::json as value
            from read_csv(
                $path, {_compression(self.path)}, auto_detect = false, header = false,
                delim = '\x01', quote = '', escape = '', columns = {{'line': 'VARCHAR'}}, max_line_size = {LINE_LIMIT}
            )
            where trimmed(line) is not null
        """
        return _records(lines, self.records)


def _json_line(line: str) -> str:
    """Return a line as it is, or as a JSON text if it is no JSON."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return json.dumps(line.strip(), ensure_ascii=False) + "\n" if line.strip() else ""
    return line


class ParquetReader:
    """Parquet: typed values as text, nested ones as JSON text. It is read from its end, so it is read unpacked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def columns(self, engine: Engine) -> list[str]:
        """Return the file's columns in their order."""
        return list(self._kinds(engine))

    def insert(self, engine: Engine, landing_seq: int, names: Sequence[str]) -> None:
        """Append the records in the order of the file."""
        kinds = self._kinds(engine)
        values = "".join(f", nullif({_as_text(name, kinds[name])}, '')" if name in kinds else ", null" for name in names)
        engine.execute(
            f"insert into payload.lines select $landing_seq, null {values} from read_parquet($path)",
            {"landing_seq": landing_seq, "path": exact(self.path)},
        )

    def _kinds(self, engine: Engine) -> dict[str, str]:
        described = engine.execute("describe select * from read_parquet($path)", {"path": exact(self.path)})
        return {name: kind for name, kind, *_ in described.fetchall()}


class RecordReader:
    """One record already in memory: a row of the journal. Lists and objects become JSON text."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.record = {name: _as_words(value) for name, value in record.items()}

    def columns(self, engine: Engine) -> list[str]:
        """Return the record's names."""
        return list(self.record)

    def insert(self, engine: Engine, landing_seq: int, names: Sequence[str]) -> None:
        """Append the record."""
        _append(engine, landing_seq, len(names), [[None, *(self.record.get(name) or None for name in names)]])


def relabelled(names: Sequence[str], labels: Mapping[str, str]) -> list[str]:
    """Return columns by their own names where the header has a label for people."""
    return [labels[name] if name in labels and labels[name] not in names else name for name in names]


def _as_words(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else canonical_json(value)


def _as_text(name: str, kind: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    nested = kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION"))
    return f"to_json({column})::varchar" if nested else f"{column}::varchar"


def _records(values: str, members: Sequence[str]) -> str:
    """Return SQL for one row a record: the elements of the members that hold records, or the value itself if it has none."""
    if not members:
        return f"select value as record from ({values})"
    lists = ", ".join(f"if(json_type(value, '/{name}') = 'ARRAY', json_extract(value, '$.{name}[*]'), [])" for name in members)
    has_any = " or ".join(f"coalesce(json_type(value, '/{name}') = 'ARRAY', false)" for name in members)
    joined = f"flatten([{lists}])"
    return f"select unnest(if({has_any}, {joined}, [value])) as record from ({values})"


def _append(engine: Engine, landing_seq: int, width: int, rows: Sequence[Sequence[str | None]]) -> None:
    columns = list(zip(*rows, strict=True))
    names = ["malformed", *(f"c{place}" for place in range(width))]
    table = pa.table({name: pa.array(values, pa.string()) for name, values in zip(names, columns, strict=True)})
    engine.connection.register("csv_batch", table)
    engine.execute("insert into payload.lines select $landing_seq, * from csv_batch", {"landing_seq": landing_seq})
    engine.connection.unregister("csv_batch")


def _is_packed(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _compression(path: Path) -> str:
    return f"compression = '{'gzip' if _is_packed(path) else 'none'}'"


def _bytes(path: Path) -> io.BufferedIOBase:
    return gzip.open(path, "rb") if _is_packed(path) else path.open("rb")  # type: ignore[return-value]


def _text(path: Path) -> TextIO:
    """Open a file as UTF-8 text, a byte order mark taken away; refuse what is plainly another encoding."""
    with _bytes(path) as file:
        start = file.read(4)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in start:
        raise ExportError("it is UTF-16 or binary, not UTF-8", SAVE_AS_UTF8)
    return io.TextIOWrapper(_bytes(path), encoding="utf-8-sig", newline="")


def _decoded(read: Callable[[], Result]) -> Result:
    """Call a reading function; turn faults of packing, quoting and UTF-8 into `ExportError`."""
    try:
        return read()
    except UnicodeDecodeError as error:
        if error.encoding != "utf-8":
            raise
        found = f"it is not UTF-8 (byte 0x{error.object[error.start]:02x}); it looks like Windows-1252 or Latin-1"
        raise ExportError(found, SAVE_AS_UTF8) from error
    except (OSError, EOFError, zlib.error) as error:
        raise ExportError(f"it is no whole gzip file: {error}", "export it again and compare its size") from error
    except csv.Error as error:
        raise ExportError(f"it is no CSV: {error}", "export it again with RFC 4180 quotes") from error
