"""The staged room as SQL sees it: one table per entity, current and all versions, typed even where nothing was ever landed.

A piece is an immutable folder under `staged/`: what one `land` call brought of one entity from one source. `Staged` names the pieces
visible at as_of and shows them to an engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from tasks.model.dictionary import Column, dictionary
from tasks.model.identity import sha256_file, sha256_json
from tasks.store.code import library_version
from tasks.store.engine import Engine, models_of, physical
from tasks.store.home import CHECKOUT
from tasks.store.knowledge import REFERENCE
from tasks.store.room import Room, room_key

JOURNAL = "journal"  # source_system and source_id of decided rows
# working tables of a piece, and their order
COUNTS = {"quality": ("landing_seq",), "balance": ("landing_seq",), "set_aside": ("landing_seq", "source_row")}
SPANS = (("start_at", "end_at"), ("active_from", "active_to"), ("valid_from", "valid_to"), ("effective_from", "effective_to"))
VERSION_COLUMNS = {"is_current": "BOOLEAN", "is_duplicate": "BOOLEAN"}
SOURCE = {"source_system": "VARCHAR", "source_id": "VARCHAR", "entity": "VARCHAR"}
PIECE_COLUMNS: dict[str, dict[str, str]] = {
    # DQ-01: columns asked for; of them missing or without one readable value; columns that nobody knows
    "quality": {"rule_id": "VARCHAR"} | SOURCE | dict.fromkeys(("landing_seq", "checked", "failed", "unknown"), "BIGINT"),
    # every copy of every row set aside, with what it calls its service and components
    "set_aside": SOURCE
    | dict.fromkeys(("landing_seq", "source_row"), "BIGINT")
    | {"raw_id": "VARCHAR", "source_key": "VARCHAR", "names": "VARCHAR[]"},
    # `repeated`: accepted rows that share their key with another row of their file; `empty`: accepted empty intervals
    "balance": SOURCE
    | {"landing_seq": "BIGINT", "source_file": "VARCHAR", "recorded_from": "TIMESTAMPTZ"}
    | dict.fromkeys(("read", "accepted", "quarantined", "duplicates", "repeated", "empty", "left_out"), "BIGINT"),
}
COUNT_COLUMNS: dict[str, dict[str, str]] = {
    # the working tables of the visible pieces as they are
    "staged.quality_counts": PIECE_COLUMNS["quality"],
    "staged.set_aside": PIECE_COLUMNS["set_aside"],
    # what became of each file: a row that was landed before is a duplicate here
    "staged.file_balance": SOURCE
    | dict.fromkeys(("landing_seq", "read", "accepted", "quarantined", "duplicates", "dropped", "superseded", "left_out"), "BIGINT")
    | {"recorded_from": "TIMESTAMPTZ"},
    # read = accepted + quarantined + duplicates (DQ-09); dropped and superseded are part of accepted, withdrawn of none
    "staged.balance": SOURCE
    | dict.fromkeys(("read", "accepted", "quarantined", "duplicates", "dropped", "superseded", "withdrawn", "left_out"), "BIGINT"),
}
WITHDRAWN_COLUMNS = SOURCE | {"withdrawn": "BIGINT"}
STAGING_CODE = (
    *("tasks/stage/*.py", "tasks/model/*.py", "tasks/model/entities.yml", "tasks/store/exports.py", "tasks/store/workbook.py"),
    *("sql/macros/*.sql", "sql/staged/piece__*.sql"),
)
LIBRARIES = ("duckdb", "pyarrow", "tzdata")


@cache
def staged_columns(entity: str) -> dict[str, str]:
    """Return name → DuckDB type of `staged.<entity>`: landing columns, the entity's own, then the companions of its instants."""
    own = dictionary().entities[entity].columns
    columns = {column.name: column.duckdb_type for column in (*dictionary().landing_columns, *own)}
    return columns | {name: "VARCHAR" for column in own for name in companions(column)}


def companions(column: Column) -> tuple[str, ...]:
    """Return the names of an instant's companions: its text as received, the zone it was read with, its precision; none for other types."""
    return tuple(f"{column.name}_{part}" for part in ("raw", "tz", "precision")) if column.type == "TIMESTAMPTZ" else ()


def spans_of(entity: str) -> list[tuple[str, str]]:
    """Return the pairs of columns that are spans of an entity: `[start, end)`, empty if both are equal (R-TM4)."""
    names = {column.name for column in dictionary().entities[entity].columns}
    return [pair for pair in SPANS if set(pair) <= names]


def piece_sql(name: str) -> str:
    """Return the SQL of `sql/staged/<name>.sql`: an adapter, or a model that is built while pieces are made or shown."""
    return {model.table: model.sql for model in models_of("staged")}[name]


@cache
def staging_sha256(adapter: str) -> str:
    """Return the hash of all code and libraries that decide what a piece of an adapter holds."""
    patterns = (*STAGING_CODE, f"sql/staged/{adapter}__*.sql")
    files = sorted(file for pattern in patterns for file in CHECKOUT.glob(pattern))
    code = [[file.relative_to(CHECKOUT).as_posix(), sha256_file(file)] for file in files]
    return sha256_json([code, [[name, library_version(name)] for name in LIBRARIES]])


@dataclass(frozen=True)
class Staged:
    """The pieces visible at `as_of` (aware UTC), and how many rows were taken back by then: rows of WITHDRAWN_COLUMNS."""

    pieces: tuple[Room, ...]
    as_of: datetime
    withdrawn: tuple[dict[str, Any], ...] = ()

    @property
    def key(self) -> str:
        """Return the hash of what is staged: equal pieces and counts, equal key."""
        return room_key({"step": "stage", "pieces": sorted(piece.key for piece in self.pieces), "withdrawn": list(self.withdrawn)})

    def show(self, engine: Engine, entities: Iterable[str] | None = None) -> None:
        """Create the staged tables in an engine.

        For every entity `staged.<entity>` (current rows) and `staged.<entity>_versions` (every accepted row, with `is_current` and
        `is_duplicate`); over all of them `staged.issues`, `staged.quarantine`, `staged.balance` and the
        other tables of `COUNT_COLUMNS`.

        Args:
            engine: Without staged tables yet.
            entities: The entities needed; all of the dictionary if left out.
        """
        names = sorted(dictionary().entities if entities is None else set(entities))
        pieces = [piece for piece in self.pieces if _entity(piece) in names]
        _show_counts(engine, pieces)
        taken_back = [row for row in self.withdrawn if entities is None or row["entity"] in names]
        engine.create("payload.withdrawn", WITHDRAWN_COLUMNS, taken_back)
        past = [f"select '{name}' as entity, * from payload.past_{name}" for name in names if _show_entity(engine, name, pieces)]
        nothing = "select '' as entity, 0 as landing_seq, 0 as source_row, '' as raw_id, '' as fate where false"
        engine.execute(f"create or replace view payload.past as {' union all '.join(past) or nothing}")
        for table in ("issues", "quarantine", "file_balance", "balance"):
            engine.execute(f"create table staged.{table} as {piece_sql(f'view__{table}')}")
        for table in ("quality", "set_aside"):
            address = "staged.quality_counts" if table == "quality" else f"staged.{table}"
            engine.execute(f"create view {address} as select * from payload.piece_{table}")


def _entity(piece: Room) -> str:
    return str(piece.card["inputs"]["entity"])


def _files(pieces: Sequence[Room], table: str) -> list[Path]:
    return [piece.file(table) for piece in pieces]


def _show_counts(engine: Engine, pieces: Sequence[Room]) -> None:
    """Show the findings and counts of the pieces as payload.piece_<table>; empty tables of the same columns if there is no piece."""
    for table in ("issues", "quarantine", *COUNTS):
        if pieces:
            engine.view(f"payload.piece_{table}", _files(pieces, table))
        else:
            engine.create(f"payload.piece_{table}", PIECE_COLUMNS.get(table) or physical(dictionary().tables[table].columns))
    engine.execute(f"""
        create or replace view payload.snapshots as
        select source_id, source_file, max(landing_seq) as newest_seq from payload.piece_balance
        where source_id = '{REFERENCE}'
        group by source_id, source_file
    """)


def _show_entity(engine: Engine, name: str, pieces: Sequence[Room]) -> bool:
    """Show one entity; tell whether some of its rows are not current, which then stand in payload.past_<entity>."""
    own = [piece for piece in pieces if _entity(piece) == name]
    if not own:
        engine.create(f"staged.{name}", staged_columns(name))
        engine.create(f"staged.{name}_versions", staged_columns(name) | VERSION_COLUMNS)
        return False
    engine.view(f"payload.rows_{name}", _files(own, name))
    has_past = _may_have_past(engine, name)
    if has_past:
        _find_past(engine, name)
    current, versions = _selects(name, has_past=has_past)
    engine.execute(f"create view staged.{name} as {current}")
    engine.execute(f"create view staged.{name}_versions as {versions}")
    return has_past


def _may_have_past(engine: Engine, name: str) -> bool:
    """Tell whether versions must be compared: not if one landing brought every key once and nothing empty."""
    landings = f"count(*) filter (where accepted > 0 or source_id = '{REFERENCE}')"
    query = f"select {landings} > 1 or sum(repeated + empty) > 0 from payload.piece_balance where entity = ?"
    (may_have,) = engine.execute(query, [name]).fetchall()[0]
    return bool(may_have)


def _find_past(engine: Engine, name: str) -> None:
    empty = " or ".join(f'coalesce("{start}" = "{end}", false)' for start, end in spans_of(name)) or "false"
    rows = f"payload.rows_{name}" if dictionary().entities[name].origin == "source" else f"({_answered(name)})"
    engine.execute(f"""
        create or replace view payload.accepted_rows as
        select
            source_system, source_id, source_file, source_key, source_updated_at, recorded_from, landing_seq, source_row, raw_id,
            {empty} as is_empty
        from {rows}
    """)
    engine.execute(f"create or replace table payload.past_{name} as {piece_sql('view__past')}")


def _answered(name: str) -> str:
    """Return SQL for the rows of an entity that people decide: a row of the journal is a version of the one landed row it answers.

    A key resolves to a unique one elsewhere (entities.yml `reference`). Between a source and the journal only our own knowledge orders the
    versions: a row counts from when its content was first known, so that exporting the same request again does not undo the decision.
    """
    rows = f"payload.rows_{name}"
    return f"""
        with answered as (
            select source_key, min(source_system) filter (where source_system <> '{JOURNAL}') as system_of_key
            from {rows}
            group by source_key
            having count(distinct source_system) = 2 and bool_or(source_system = '{JOURNAL}')
        )
        select
            entity_rows.* replace (
                coalesce(answered.system_of_key, entity_rows.source_system) as source_system,
                if(answered.source_key is null, entity_rows.source_updated_at, null) as source_updated_at,
                if(
                    answered.source_key is null,
                    entity_rows.recorded_from,
                    min(entity_rows.recorded_from) over (partition by entity_rows.source_key, entity_rows.raw_id)
                ) as recorded_from
            )
        from {rows} as entity_rows
        left join answered on entity_rows.source_key = answered.source_key
    """


def _selects(name: str, *, has_past: bool) -> tuple[str, str]:
    rows = f"payload.rows_{name}"
    if not has_past:
        return f"select * from {rows}", f"select *, true as is_current, false as is_duplicate from {rows}"
    past = f"payload.past_{name}"
    return (
        f"select * from {rows} anti join {past} using (landing_seq, source_row, raw_id)",
        f"""
        select
            entity_rows.*,
            past.fate is null as is_current,
            coalesce(past.fate = 'duplicate', false) as is_duplicate
        from {rows} as entity_rows
        left join {past} as past
            on entity_rows.landing_seq = past.landing_seq and entity_rows.source_row = past.source_row and entity_rows.raw_id = past.raw_id
        """,
    )
