"""Rooms: folders of Parquet, named by the hash of what they were made from, written beside and renamed (DESIGN 1.3, 1.5)."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.model.dictionary import Column, dictionary
from tasks.model.errors import BlockedError
from tasks.model.identity import canonical_json, sha256_file, sha256_json
from tasks.store.engine import Engine, models_of
from tasks.store.home import ROOMS, Home

CARD = "room.json"
ROWS_PER_GROUP = 122_880
REFUSED_TYPES = ("HUGEINT", "UHUGEINT", "FLOAT", "DOUBLE", "BIGNUM")


@dataclass(frozen=True)
class Room:
    """A finished room: `<home>/<name>/<key>`. `card` lists its tables with rows and sha256."""

    name: str
    key: str
    path: Path
    card: dict[str, Any] = field(repr=False)

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables it holds."""
        return tuple(entry["table"] for entry in self.card["tables"])

    def file(self, table: str) -> Path:
        """Return the Parquet file of a table; KeyError if the room does not hold it."""
        if table not in self.tables:
            raise KeyError(f"{self.name} holds no table {table}")
        return self.path / f"{table}.parquet"

    def show(self, engine: Engine) -> None:
        """Show every table of the room to an engine as `<room>.<table>`."""
        for table in self.tables:
            engine.view(f"{self.name}.{table}", [self.file(table)])


def room_key(inputs: Mapping[str, Any]) -> str:
    """Return the folder name of a step's output: 32 hex digits of the hash of its inputs."""
    return sha256_json(dict(inputs))[:32]


def find_room(home: Home, name: str, key: str) -> Room | None:
    """Return the finished room of that key, or None. A folder without a card is half-written and is never read."""
    path = home.room(name) / key
    card = path / CARD
    return Room(name, key, path, json.loads(card.read_text(encoding="utf-8"))) if card.is_file() else None


def finished_rooms(home: Home, name: str) -> list[Room]:
    """Return every finished room of a name, by key."""
    cards = sorted(home.room(name).glob(f"*/{CARD}")) if home.room(name).is_dir() else []
    return [Room(name, card.parent.name, card.parent, json.loads(card.read_text(encoding="utf-8"))) for card in cards]


class RoomInProgress:
    """A room being written beside its place. `write` adds tables; leaving `building` renames it, unless something raised."""

    def __init__(self, name: str, key: str, path: Path) -> None:
        self.name = name
        self.key = key
        self.path = path
        self.entries: list[dict[str, Any]] = []

    def write(
        self,
        engine: Engine,
        table: str,
        columns: tuple[Column, ...] | None = None,
        order: tuple[str, ...] | None = None,
        address: str | None = None,
    ) -> None:
        """Write `<room>.<table>` of the engine as Parquet, in the order and types of tables.yml or of the given dictionary columns.

        Args:
            engine: Holds the table.
            table: Its name in the room.
            columns: Dictionary columns; those of tables.yml if left out, any for a working table.
            order: Total order of the rows; that of tables.yml if left out.
            address: Where the engine holds it, if not under the room's name.

        Raises:
            BlockedError: If a column is missing, of another type, or null where it may not be.
        """
        known = dictionary().tables.get(table)
        columns = columns or (known.columns if known else None)
        order = order or (known.order if known else None)
        file = self.path / f"{table}.parquet"
        rows = write_parquet(engine, address or f"{self.name}.{table}", file, columns, order)
        self.entries.append({"table": table, "rows": rows, "sha256": sha256_file(file)})

    def copy(self, engine: Engine, table: str, select: str) -> Path:
        """Write a SELECT as Parquet in the order in which it yields its rows: for what is too large to be sorted once more.

        DuckDB writes it, with all its threads; rows and their order alone decide the bytes.
        """
        file = self.path / f"{table}.parquet"
        place = str(file).replace("'", "''")
        engine.execute(f"copy ({select}) to '{place}' (format parquet, compression zstd, row_group_size {ROWS_PER_GROUP})")
        self.entries.append({"table": table, "rows": pq.read_metadata(file).num_rows, "sha256": sha256_file(file)})
        return file

    def write_all(self, engine: Engine) -> None:
        """Write every table of tables.yml that the engine built for this room, and the working tables that later rooms read."""
        later = ROOMS[ROOMS.index(self.name) + 1 :]
        wanted = {read for room in later for model in models_of(room) for read in model.reads}
        schema = "select table_name from information_schema.tables where table_schema = ? and table_type = 'BASE TABLE' order by 1"
        for (table,) in engine.execute(schema, [self.name]).fetchall():
            listed = dictionary().tables.get(table)
            if (listed and listed.room == self.name) or f"{self.name}.{table}" in wanted:
                self.write(engine, table)


@contextmanager
def building(home: Home, name: str, key: str, inputs: Mapping[str, Any]) -> Iterator[RoomInProgress]:
    """Yield a room to write; on a clean exit it gets its card and its name in one rename, else nothing of it stays."""
    target = home.room(name) / key
    beside = target.with_name(f".{key}.{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        room = RoomInProgress(name, key, beside)
        yield room
        card = {"room": name, "key": key, "inputs": dict(inputs), "tables": sorted(room.entries, key=lambda entry: entry["table"])}
        (beside / CARD).write_text(canonical_json(card), encoding="utf-8")
        move_whole(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def move_whole(beside: Path, target: Path) -> None:
    """Rename a finished folder into place, durable before visible; a folder that another run finished first is kept."""
    for file in sorted(beside.rglob("*")):
        _sync(file)
    _sync(beside)
    if target.exists() and not (target / CARD).exists():
        shutil.rmtree(target)
    if not target.exists():
        beside.rename(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_parquet(engine: Engine, address: str, file: Path, columns: tuple[Column, ...] | None, order: tuple[str, ...] | None) -> int:
    """Write one table to Parquet with bytes that depend on its rows alone; return the number of rows.

    Args:
        engine: Holds the table.
        address: `schema.table`.
        file: Where to write.
        columns: Dictionary columns: the exact columns and types demanded; None for a working table.
        order: Total order of the rows; None orders by all columns.
    """
    found = {name: kind for name, kind, *_ in engine.execute(f"describe {address}").fetchall()}
    faults = _type_faults(found, columns)
    if faults:
        raise BlockedError(
            f"{address} is not what the dictionary says: {'; '.join(faults)}", where=address, fix="mend the SQL file of that name"
        )
    names = [column.name for column in columns] if columns else list(found)
    selected = ", ".join(f'"{name}"' for name in names)
    by = ", ".join(f'"{name}"' for name in order) if order else "all"
    reader = engine.connection.sql(f"select {selected} from {address} order by {by}").to_arrow_reader(ROWS_PER_GROUP)
    json_columns = {column.name for column in columns or () if column.type == "JSON"}
    required = [column.name for column in columns or () if column.nullable is False or column.required]
    return _write_groups(reader, file, json_columns, required, address)


def _type_faults(found: Mapping[str, str], columns: tuple[Column, ...] | None) -> list[str]:
    if columns is None:
        return [f"{name} is {kind}" for name, kind in found.items() if kind.startswith(REFUSED_TYPES)]
    faults = []
    for column in columns:
        got = found.get(column.name)
        want = column.duckdb_type.replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE")
        if got is None:
            faults.append(f"no column {column.name}")
        elif got != want and not (want == "JSON" and got == "VARCHAR"):
            faults.append(f"{column.name} is {got}, not {want}")
    return faults


def _write_groups(reader: pa.RecordBatchReader, file: Path, json_columns: set[str], required: list[str], address: str) -> int:
    schema = pa.schema([pa.field(f.name, pa.json_() if f.name in json_columns else f.type) for f in reader.schema])
    rows = 0
    with pq.ParquetWriter(file, schema, compression="zstd", version="2.6", store_schema=False) as writer:
        pending: list[pa.RecordBatch] = []
        for batch in reader:
            pending.append(batch)
            while sum(len(item) for item in pending) >= ROWS_PER_GROUP:
                table = pa.Table.from_batches(pending)
                rows += _write_group(writer, table.slice(0, ROWS_PER_GROUP), schema, required, address)
                pending = table.slice(ROWS_PER_GROUP).to_batches()
        if pending and sum(len(item) for item in pending):
            rows += _write_group(writer, pa.Table.from_batches(pending), schema, required, address)
    return rows


def _write_group(writer: pq.ParquetWriter, table: pa.Table, schema: pa.Schema, required: list[str], address: str) -> int:
    for name in required:
        if table.column(name).null_count:
            raise BlockedError(
                f"{address}.{name} is null in {table.column(name).null_count} rows", where=address, fix="mend the SQL file of that name"
            )
    writer.write_table(table.combine_chunks().cast(schema), row_group_size=ROWS_PER_GROUP)
    return len(table)
