"""An unknown export as columns with what stands in them: the same readers as staging, no mapping yet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.model.errors import LedgerError
from tasks.model.mapping import Read
from tasks.stage.adapters import Adapter
from tasks.stage.readers import REFUSALS, reader_for
from tasks.stage.sql_text import quoted
from tasks.store.engine import Engine
from tasks.store.exports import ExportError

WORDS = 5_000  # distinct values looked at in a column, the most frequent first
PEEKED = 200  # records in which keys of nested objects are looked for
DEEP = 3  # levels of nested objects
OTHER_ENCODINGS = ("utf-16", "cp1252")  # tried in this order where a text is not UTF-8


@dataclass(frozen=True)
class Content:
    """A column. `name` is what a mapping calls it (`/a/b` leads into an object), `sql` its text in payload.lines."""

    name: str
    sql: str
    filled: int
    distinct: int
    words: tuple[tuple[str, int], ...]  # distinct values with their counts, the most frequent first

    @property
    def is_unique(self) -> bool:
        """Tell whether no value stands twice."""
        return self.filled > 0 and self.distinct == self.filled


@dataclass(frozen=True)
class Profile:
    """A file's columns. `read` holds what a mapping must say so that the file opens as it did here."""

    path: Path
    rows: int
    broken: int
    contents: tuple[Content, ...]
    read: dict[str, Any]


def profile(engine: Engine, path: Path, read: dict[str, Any]) -> Profile:
    """Read a file into payload.lines and return its profile.

    Args:
        engine: Without payload.lines yet.
        path: CSV, TSV, XLSX, JSON, NDJSON or Parquet, packed or not.
        read: What is known of `read` of a mapping, such as a sheet.

    Raises:
        LedgerError: If it cannot be read, with a mend.
    """
    if not path.is_file():
        raise LedgerError("there is no such file", where=str(path), fix="name the export itself")
    read = _with_encoding(engine, path, read)
    names = _load(engine, path, read)
    records = _record_member(engine, names) if ".json" in path.name.lower() and "records" not in read else None
    if records:
        read = {**read, "records": [records]}
        names = _load(engine, path, read)
    rows, broken = engine.execute("select count(*) filter (where malformed is null), count(malformed) from payload.lines").fetchall()[0]
    if not rows:
        raise LedgerError("there are no rows", where=path.name, fix="name an export that holds some")
    contents = [_content(engine, name, sql) for name, sql in _expressions(engine, names)]
    return Profile(path, rows, broken, tuple(contents), read)


def _with_encoding(engine: Engine, path: Path, read: dict[str, Any]) -> dict[str, Any]:
    """Return `read` with the encoding in which the text can be read, if that is not UTF-8 and none was named."""
    if "encoding" in read:
        return read
    try:
        _load(engine, path, read)
    except LedgerError as error:
        if not error.what.startswith("cannot be read: it is not UTF-8") and "UTF-16" not in error.what:
            raise
        for encoding in OTHER_ENCODINGS:
            try:
                _load(engine, path, {**read, "encoding": encoding})
            except LedgerError:
                continue
            return {**read, "encoding": encoding}
        raise
    return read


def _load(engine: Engine, path: Path, read: dict[str, Any]) -> list[str]:
    """Read a file into payload.lines; return the names of its columns, of which c0 is the first."""
    reading = Read.model_validate(read)
    adapter = Adapter(name="profile", version="1", entities=(), columns=(), required=(), records=reading.records, read=reading)
    try:
        reader = reader_for(path, adapter)
        names = reader.columns(engine)
        engine.create(
            "payload.lines", {"landing_seq": "BIGINT", "malformed": "VARCHAR"} | {f"c{at}": "VARCHAR" for at in range(len(names))}
        )
        reader.insert(engine, 1, names)
    except (ExportError, *REFUSALS) as error:
        what, fix = (error.what, error.fix) if isinstance(error, ExportError) else (str(error).splitlines()[0], "export it again")
        raise LedgerError(f"cannot be read: {what}".replace(str(path), path.name), where=path.name, fix=fix) from error
    return names


def _record_member(engine: Engine, names: Sequence[str]) -> str | None:
    """Return the member of the one JSON object that holds the records, if there is one."""
    rows = engine.rows("select * exclude (landing_seq, malformed) from payload.lines where malformed is null limit 2")
    if len(rows) != 1:
        return None
    for name, text in zip(names, rows[0].values(), strict=True):
        if text and text.startswith("[{"):
            return name
    return None


def _expressions(engine: Engine, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield every column, and the leaves of those that hold JSON objects, with the SQL of their text."""
    for at, name in enumerate(names):
        rows = engine.execute(f"select c{at} from payload.lines where starts_with(c{at}, '{{') limit {PEEKED}").fetchall()
        leaves = dict.fromkeys(leaf for (text,) in rows for leaf in _leaves(_object(text)))
        yield from ((f"/{name}{leaf}", f"json_extract_string(if(json_valid(c{at}), c{at}, 'null'), {quoted(leaf)})") for leaf in leaves)
        if not leaves:
            yield name, f"c{at}"


def _object(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _leaves(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict) and path.count("/") < DEEP:
        for key, child in value.items():
            if "/" not in key and "~" not in key:
                yield from _leaves(child, f"{path}/{key}")
    elif path and not isinstance(value, dict | list):
        yield path


def _content(engine: Engine, name: str, sql: str) -> Content:
    counted = (
        f"select trimmed({sql}) as word, count(*) as n from payload.lines where malformed is null group by word having word is not null"
    )
    filled, distinct = engine.execute(f"select coalesce(sum(n), 0)::bigint, count(*) from ({counted})").fetchall()[0]
    words = engine.execute(f"select word, n from ({counted}) order by n desc, word limit {WORDS}").fetchall()
    return Content(name, sql, filled, distinct, tuple(words))
