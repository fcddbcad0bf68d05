"""The files of one land call and source as tables: `payload.lines` (records as text, in order), `payload.files`, `payload.rows`."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from tasks.model.errors import FaultsError, LedgerError
from tasks.model.identity import canonical_json
from tasks.stage.adapters import Adapter
from tasks.stage.readers import REFUSALS, JsonReader, Reader, RecordReader, reader_for
from tasks.stage.sql_text import by_file, identifier, quoted
from tasks.store.engine import Engine
from tasks.store.exports import ExportError, ExportFile

Result = TypeVar("Result")
FILE_COLUMNS = {
    "landing_seq": "BIGINT",
    "first_row": "BIGINT",  # rowid of its first record in payload.lines
    "source_file": "VARCHAR",
    "file_sha256": "VARCHAR",
    "recorded_from": "TIMESTAMPTZ",
    "stated_extracted_at": "TIMESTAMPTZ",  # by sidecar or `expects`; null if neither says
    "timezone": "VARCHAR",
    "columns_required": "BIGINT",
    "missing": "VARCHAR[]",  # required columns that the file lacks
    "unknown": "VARCHAR[]",  # columns that a closed adapter does not know
}


@dataclass(frozen=True)
class LandedFile:
    """One landed file as the journal knows it, or one row of the journal itself, which is read like a file of one record.

    Attributes:
        landing_seq: Row of the journal.
        source_file: Its name in the inbox.
        file_sha256: Digest of its bytes, or of the journal row's body.
        recorded_from: When we knew (aware UTC).
        extracted_at: When the source was read, if the sidecar or the source states it.
        timezone: What its source declares for times without offset.
        path: Where its bytes lie; None for a row of the journal.
        rows: How many landing counted in it.
        record: The journal row's body.
    """

    landing_seq: int
    source_file: str
    file_sha256: str
    recorded_from: datetime
    extracted_at: datetime | None = None
    timezone: str | None = None
    path: Path | None = None
    rows: int = 1
    record: Mapping[str, Any] = field(default_factory=dict, hash=False)


def fill(engine: Engine, files: Sequence[LandedFile], adapter: Adapter, source_system: str) -> None:
    """Read files into payload.lines and payload.files, and show them as payload.rows.

    Raises:
        FaultsError: If files cannot be read at all (encoding, broken archive, not their format); each says how to mend it.
    """
    read = _readable(files, lambda file: _opened(engine, file, adapter))
    names = list(dict.fromkeys(name for _, columns in read.values() for name in columns))
    places = {f"c{place}": "VARCHAR" for place in range(len(names))}
    engine.create("payload.lines", {"landing_seq": "BIGINT", "malformed": "VARCHAR"} | places)
    rows = list(_readable(files, lambda file: _inserted(engine, file, adapter, *read[file], names)).values())
    engine.create("payload.files", FILE_COLUMNS, rows)
    _show_rows(engine, names, adapter, source_system, {row["landing_seq"]: row["first_row"] for row in rows})


def _opened(engine: Engine, file: LandedFile, adapter: Adapter) -> tuple[Reader, list[str]]:
    reader = RecordReader(file.record) if file.path is None else reader_for(file.path, adapter, file.rows)
    return reader, reader.columns(engine)


def _inserted(
    engine: Engine, file: LandedFile, adapter: Adapter, reader: Reader, columns: Sequence[str], names: Sequence[str]
) -> dict[str, Any]:
    needed = adapter.needed(is_table=not isinstance(reader, JsonReader))
    (first_row,) = engine.execute("select count(*) from payload.lines").fetchall()[0]
    reader.insert(engine, file.landing_seq, names)
    return {
        "landing_seq": file.landing_seq,
        "first_row": first_row,
        "source_file": ExportFile(file.path).address if file.path else file.source_file,
        "file_sha256": file.file_sha256,
        "recorded_from": file.recorded_from,
        "stated_extracted_at": file.extracted_at,
        "timezone": file.timezone or (adapter.json_timezone if isinstance(reader, JsonReader) else None),
        "columns_required": len(needed),
        "missing": [name for name in needed if name not in columns],
        "unknown": sorted(set(columns) - set(adapter.columns)) if adapter.is_closed else [],
    }


def _readable(files: Sequence[LandedFile], read: Callable[[LandedFile], Result]) -> dict[LandedFile, Result]:
    """Read every file; raise the faults of all of them together."""
    done, faults = {}, []
    for file in files:
        try:
            done[file] = read(file)
        except (ExportError, *REFUSALS) as error:
            faults.append(_refusal(file, error))
    if faults:
        raise FaultsError(faults)
    return done


def _refusal(file: LandedFile, error: Exception) -> LedgerError:
    words = str(error).splitlines()[0].replace(str(file.path), file.source_file)  # no machine path in a message
    words = re.sub(re.escape(tempfile.gettempdir()) + r"/[^\s\"']+", file.source_file, words)  # nor that of an unpacked copy
    what, fix = (error.what, error.fix) if isinstance(error, ExportError) else (words, "export it again")
    back = f"take the landed file back (sla land --withdraw {file.file_sha256[:12]}), {fix}, and land it again"
    return LedgerError(f"cannot be read: {what}", where=file.source_file, fix=back)


def _show_rows(engine: Engine, names: Sequence[str], adapter: Adapter, source_system: str, first_rows: Mapping[int, int]) -> None:
    """Create payload.rows: place in the file, the row as received, and every column the adapter knows (null where no file has it)."""
    places = {name: f"c{place}" for place, name in enumerate(names)}
    known = ",\n".join(f"{places.get(name, 'null::varchar')} as {identifier(adapter.prefix + name)}" for name in adapter.columns)
    engine.execute(f"""
        create or replace view payload.rows as
        select
            landing_seq,
            rowid + 1 - {by_file(first_rows, "bigint")} as source_row,
            {_received(names)} as received,
            {quoted(source_system)} as source_system,
            {known}
        from payload.lines
        where malformed is null
    """)


def _received(names: Sequence[str]) -> str:
    """Return SQL for a row's canonical JSON: keys in the order of their UTF-16 code units (RFC 8785), empty values left out."""
    ordered = sorted(enumerate(names), key=lambda item: item[1].encode("utf-16-be"))
    pairs = ", ".join(f"{quoted(canonical_json(name) + ':')} || json_text(c{place})" for place, name in ordered)
    return f"'{{' || concat_ws(',', {pairs}) || '}}'" if pairs else "'{}'"
