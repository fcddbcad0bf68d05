"""Every table of a run as Parquet, and as CSV in the form of tables.yml `csv`. Sets stay in the engine; bytes depend on rows alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from tasks.model.dictionary import Column, Table, dictionary
from tasks.model.identity import sha256_file, sha256_json
from tasks.model.run import Run
from tasks.store.engine import Engine, physical
from tasks.store.packs import PackFolder
from tasks.store.room import write_parquet

FIGURES = "figures"
WHOLE_SECOND = "epoch_us({column}) % 1000000 = 0"


def result_tables(engine: Engine) -> list[Table]:
    """Return the tables of tables.yml that this run has, by name; the home's own tables are no part of a run."""
    tables = dictionary().tables
    return [tables[name] for name in sorted(tables) if tables[name].scope == "run" and engine.has(f"{tables[name].room}.{name}")]


def write_tables(engine: Engine, run: Run, folder: PackFolder) -> list[dict[str, Any]]:
    """Write every table of the run into the pack; return the manifest's `tables`.

    Raises:
        BlockedError: If a table is not what the dictionary says.
    """
    _show_run(engine, run)
    return [entry for table in result_tables(engine) for entry in _write_table(engine, table, folder)]


def write_table(engine: Engine, run: Run, name: str, folder: PackFolder) -> list[dict[str, Any]]:
    """Write one table of tables.yml that the engine holds; return its part of the manifest."""
    _show_run(engine, run)
    return _write_table(engine, dictionary().tables[name], folder)


def content_sha256(entries: Iterable[Mapping[str, Any]]) -> str:
    """Return the hash over [table, sha256 of its Parquet] of all tables but figures: what pages print."""
    parquet = [entry for entry in entries if entry["path"].endswith(".parquet") and entry["table"] != FIGURES]
    return sha256_json(sorted([entry["table"], entry["sha256"]] for entry in parquet))


def write_figures(engine: Engine, rows: list[dict[str, Any]], run: Run, folder: PackFolder) -> list[dict[str, Any]]:
    """Write `figures`, the one table that is known only when the pages are written; return its part of the manifest."""
    columns = physical(dictionary().tables[FIGURES].columns)
    engine.connection.register("printed", pa.Table.from_pylist(rows, schema=pa.schema([(name, pa.string()) for name in columns])))
    engine.execute(f"create or replace table published.{FIGURES} as select * from printed")
    engine.connection.unregister("printed")
    return write_table(engine, run, FIGURES, folder)


def csv_text(column: Column) -> str:
    """Return the SQL expression that prints a column as tables.yml `csv` says."""
    name = f'shown."{column.name}"'
    match column.type:
        case "TIMESTAMPTZ":
            pattern = f"case when {WHOLE_SECOND.format(column=name)} then '%Y-%m-%dT%H:%M:%SZ' else '%Y-%m-%dT%H:%M:%S.%fZ' end"
            return f"strftime({name}, {pattern})"
        case "LIST<VARCHAR>":
            return f"to_json({name})::varchar"
        case "VARCHAR":
            return f"spreadsheet_safe({name})"
    return f"{name}::varchar"


def _show_run(engine: Engine, run: Run) -> None:
    columns = physical(dictionary().common_columns)
    row = {"run_period": run.period, "run_id": run.run_id, "as_of": run.as_of.isoformat()}
    engine.create("main.run_columns", columns, [row])


def _write_table(engine: Engine, table: Table, folder: PackFolder) -> list[dict[str, Any]]:
    columns = (*table.columns, *dictionary().common_columns)
    own = ", ".join(f'shown."{column.name}"' for column in table.columns)
    common = ", ".join(f'run_columns."{column.name}"' for column in dictionary().common_columns)
    address = f'main."{table.name}"'
    engine.execute(f"create or replace view {address} as select {own}, {common} from {table.room}.{table.name} shown, main.run_columns")
    rows = write_parquet(engine, address, folder.parquet(table.name), columns, table.order)
    entries = [_entry(table, folder, "parquet", rows)]
    if table.csv:
        entries.append(_entry(table, folder, "csv", _write_csv(engine, table, columns, folder)))
    engine.execute(f"drop view {address}")
    return entries


def _write_csv(engine: Engine, table: Table, columns: tuple[Column, ...], folder: PackFolder) -> int:
    selected = ", ".join(f'{csv_text(column)} as "{column.name}"' for column in columns)
    order = ", ".join(f'shown."{name}"' for name in table.order)
    kept = f" where {table.csv_where}" if table.csv_where else ""
    file = str(folder.csv(table.name)).replace("'", "''")
    lines = f'select {selected} from main."{table.name}" shown{kept} order by {order}'
    written = engine.execute(f"copy ({lines}) to '{file}' (format csv, header, nullstr '', comment '')").fetchall()
    return int(written[0][0])


def _entry(table: Table, folder: PackFolder, kind: str, rows: int) -> dict[str, Any]:
    file = folder.parquet(table.name) if kind == "parquet" else folder.csv(table.name)
    return {"table": table.name, "room": table.room, "path": folder.relative(file), "rows": rows, "sha256": sha256_file(file)}
