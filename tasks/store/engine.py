"""DuckDB as the engine: in memory, one connection a step; SQL files found by their address and run in the order of what they read."""

from __future__ import annotations

import glob
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from tasks.model.dictionary import Column, dictionary
from tasks.store.home import CHECKOUT

SQL = CHECKOUT / "sql"
SCHEMAS = ("run", "payload", "staged", "reconciled", "measured", "published")


@dataclass(frozen=True)
class Limits:
    """What a run may use of the machine; never part of a result. `memory` is DuckDB's own limit, such as "512MB"."""

    threads: int | None = None
    memory: str | None = None
    spill: Path | None = None


def exact(path: Path | str) -> str:
    """Return a path as DuckDB's readers need it, which take *, ? and [ of any folder or file name for a pattern of names."""
    return glob.escape(str(path))


class Engine:
    """One DuckDB connection with the schemas `run` (what a run knows) and one per room. Closes with its `with` block."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits = limits or Limits()
        self._spill = tempfile.TemporaryDirectory(prefix="sla-spill-", dir=limits.spill)
        self._shown: set[str] = set()
        self.connection = duckdb.connect(":memory:", config={"temp_directory": self._spill.name, "autoinstall_known_extensions": False})
        self.connection.execute("set TimeZone = 'UTC'")
        if limits.threads:
            self.connection.execute(f"set threads = {int(limits.threads)}")
        if limits.memory:
            self.connection.execute("set memory_limit = $memory", {"memory": limits.memory})
        for schema in SCHEMAS:
            self.connection.execute(f"create schema {schema}")
        self.connection.execute(_macros())

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.connection.close()
        self._spill.cleanup()

    def execute(self, sql: str, parameters: Any = None) -> duckdb.DuckDBPyConnection:
        """Run one statement with bound parameters."""
        return self.connection.execute(sql, parameters)

    def rows(self, sql: str, parameters: Any = None) -> list[dict[str, Any]]:
        """Return a bounded result as dictionaries (instants are aware UTC, decimals are Decimal)."""
        return self.arrow(sql, parameters).to_pylist()

    def arrow(self, sql: str, parameters: Any = None) -> pa.Table:
        """Return a result as one Arrow table."""
        return self.connection.sql(sql, params=parameters).to_arrow_table()

    def has(self, address: str) -> bool:
        """Tell whether `schema.table` exists (asking the catalogue's own tables takes ten times as long)."""
        try:
            self.execute(f"select 1 from {address} limit 0")
        except duckdb.CatalogException:
            return False
        return True

    def view(self, address: str, files: Sequence[Path]) -> None:
        """Show Parquet files as the table `schema.table`. Files may lack columns that younger ones have."""
        self._shown |= {str(file) for file in files}
        names = ", ".join("'" + exact(file).replace("'", "''") + "'" for file in files)
        self.execute(f"create or replace view {address} as select * from read_parquet([{names}], union_by_name = true)")

    def shut(self) -> None:
        """Refuse from now on every file but those shown, the network, Python's variables and other settings: for SQL that people wrote."""
        self.execute("set python_enable_replacements = false")
        self.execute("set allowed_paths = $paths", {"paths": sorted(self._shown)})
        self.execute("set enable_external_access = false")
        self.execute("set lock_configuration = true")

    def create(self, address: str, columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]] = ()) -> None:
        """Create `schema.table` with the given DuckDB types and fill it with a bounded number of rows (missing keys are null).

        Values are passed as text in one JSON parameter and cast by DuckDB, so none goes through a float. (An insert a row is tens of
        times slower; building Arrow arrays from Python imports pandas.)
        """
        spec = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        self.execute(f"create or replace table {address} ({spec})")
        given = [{name: _text(row.get(name)) for name in columns} for row in rows]
        if given:
            shape = json.dumps([{name: ["VARCHAR"] if kind.endswith("[]") else "VARCHAR" for name, kind in columns.items()}])
            casts = ", ".join(f'"{name}"::{kind}' for name, kind in columns.items())
            unnested = "select unnest(from_json($given::varchar, $shape::varchar), max_depth := 2)"
            self.execute(f"insert into {address} select {casts} from ({unnested})", {"given": json.dumps(given), "shape": shape})

    def create_like_dictionary(self, address: str, rows: Iterable[Mapping[str, Any]] = ()) -> None:
        """Create a result table of tables.yml (without common columns) from rows decided in Python."""
        table = dictionary().tables[address.split(".")[1]]
        self.create(address, physical(table.columns), rows)

    def build(self, room: str, *, only: Iterable[str] | None = None, complete: bool = True) -> list[str]:
        """Build every `sql/<room>/<table>.sql` not built yet whose inputs exist, in the order of what they read.

        Args:
            room: A room's name.
            only: Tables wanted: they and what they read are built, and nothing else; every table if left out.
            complete: Raise if a file is left over because something it reads does not exist.

        Returns:
            Names of the tables built, in order.

        Raises:
            LookupError: If `complete` and a file could not be built.
        """
        models = {f"{room}.{model.table}": model for model in models_of(room) if "__" not in model.table}
        wanted = _with_reads(models, models if only is None else [f"{room}.{table}" for table in only])
        order = TopologicalSorter({name: [read for read in models[name].reads if read in models] for name in wanted})
        present = self._tables()  # looked up once: a look-up costs more than building a small table
        built: list[str] = []
        for address in order.static_order():
            if address in present:
                continue
            missing = [read for read in models[address].reads if read not in present]
            if missing:
                if complete:
                    raise LookupError(f"{models[address].path}: reads {', '.join(missing)}, which nothing builds")
                continue
            self.execute(f"create table {address} as {models[address].sql}")
            present.add(address)
            built.append(address)
        return built

    def _tables(self) -> set[str]:
        """Return `schema.table` of every table and view."""
        found = self.execute("select table_schema || '.' || table_name from information_schema.tables").fetchall()
        return {address for (address,) in found}


@dataclass(frozen=True)
class Model:
    """One SQL file: `table` is its stem, `reads` the addresses it names, CTEs left out."""

    room: str
    table: str
    path: Path
    sql: str
    reads: tuple[str, ...]


@cache
def _macros() -> str:
    """Return every macro as one script: run at once it takes a quarter less of an engine's start than file by file."""
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted((SQL / "macros").glob("*.sql")))


@cache
def models_of(room: str) -> tuple[Model, ...]:
    """Return the SQL files of a room, by name."""
    with duckdb.connect(":memory:") as parser:
        return tuple(_model(room, path, parser) for path in sorted((SQL / room).glob("*.sql")))


def _with_reads(models: Mapping[str, Model], wanted: Iterable[str]) -> list[str]:
    """Return addresses and those of the models that they read, near or far, sorted."""
    found: set[str] = set()
    ahead = list(wanted)
    while ahead:
        address = ahead.pop()
        if address not in found:
            found.add(address)
            ahead += [read for read in models[address].reads if read in models]
    return sorted(found)


def _model(room: str, path: Path, parser: duckdb.DuckDBPyConnection) -> Model:
    sql = path.read_text(encoding="utf-8")
    return Model(room, path.stem, path, sql.strip().rstrip(";"), tables_read(sql, parser))


def tables_read(sql: str, parser: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Return the `schema.table` names that a SELECT reads, sorted.

    Raises:
        ValueError: If the text is not one SELECT.
    """
    nodes = (node for node in syntax_nodes(sql, parser) if node.get("type") == "BASE_TABLE" and node.get("schema_name"))
    return tuple(sorted({f"{node['schema_name']}.{node['table_name']}" for node in nodes}))


def syntax_nodes(sql: str, parser: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    """Yield every node of a SELECT's syntax tree, as DuckDB's parser sees it.

    Raises:
        ValueError: If the text is not one SELECT.
    """
    text = parser.execute("select json_serialize_sql(?::varchar)", [sql]).fetchone()
    tree = json.loads(text[0]) if text else {}
    if tree.get("error") or len(tree.get("statements", [])) != 1:
        raise ValueError(f"not one SELECT: {tree.get('error_message', 'several statements')}")
    ahead: list[Any] = [tree]
    while ahead:
        node = ahead.pop()
        if isinstance(node, dict):
            yield node
            ahead.extend(node.values())
        elif isinstance(node, list):
            ahead.extend(node)


def _text(value: Any) -> Any:
    """Return a value as text that DuckDB casts to the same value; lists keep their shape."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case list() | tuple():
            return [_text(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no place in a table")


def physical(columns: Iterable[Column]) -> dict[str, str]:
    """Return name → DuckDB type of dictionary columns, in order."""
    return {column.name: column.duckdb_type for column in columns}
