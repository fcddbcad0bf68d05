"""Every SQL model against its case files: `cases/<room>/<table>/<case>.yml` tests the table `<room>.<table>` of `sql/<room>/<table>.sql`.

A case file says `case` (a whole sentence), `given` (address → rows; columns left out are null) and `expect` (rows; only the columns
named there are compared, as a set of rows). Types come from the dictionary, from `run_columns.COLUMNS`, or from `types` (address →
column → type); a working table that none of them knows is typed by STYLE's names (`_at`, `_on`, `_us`, `is_`, …). A table that the
model reads and the case does not give is empty if its columns are known, else it is built from its own SQL file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.model.dictionary import dictionary
from tasks.store.engine import Engine, models_of, physical
from tasks.store.run_columns import BASE_COLUMNS, BASE_TABLES, COLUMNS, GATE_COLUMNS, REPLAY_COLUMNS, REPLAYED_TABLES
from tasks.store.staged import COUNT_COLUMNS, VERSION_COLUMNS, staged_columns

CASES = Path(__file__).parent / "cases"
Rows = list[dict[str, Any]]


def known_columns(address: str) -> dict[str, str] | None:
    """Return name → DuckDB type of a table that the dictionary fixes; None for a working table."""
    room, table = address.split(".")
    if fixed := (COLUMNS | GATE_COLUMNS | BASE_COLUMNS | REPLAY_COLUMNS | COUNT_COLUMNS).get(address):
        return fixed
    if room == "run" and table.removeprefix("base_") in (*BASE_TABLES, *REPLAYED_TABLES):
        return physical(dictionary().tables[table.removeprefix("base_")].columns)
    if room == "staged" and table in dictionary().entities:
        return staged_columns(table)
    if room == "staged" and table.removesuffix("_versions") in dictionary().entities:
        return staged_columns(table.removesuffix("_versions")) | VERSION_COLUMNS
    return physical(dictionary().tables[table].columns) if table in dictionary().tables else None


def type_by_name(name: str, values: Iterable[Any]) -> str:
    """Return the type that STYLE's grammar of names, and else the values themselves, give a column of a working table."""
    first = next((value for value in values if value is not None), None)
    by_name = {
        "_at": "TIMESTAMPTZ",
        "_on": "DATE",
        "_us": "BIGINT",
        "_num": "DECIMAL(38,0)",
        "_den": "DECIMAL(38,0)",
        "_pct": "DECIMAL(9,6)",
    }
    if isinstance(first, list):
        return "VARCHAR[]"
    if name.startswith(("is_", "has_")) or isinstance(first, bool):
        return "BOOLEAN"
    ending = next((kind for suffix, kind in by_name.items() if name.endswith(suffix)), None)
    return ending or ("BIGINT" if isinstance(first, int) else "DECIMAL(18,6)" if isinstance(first, float) else "VARCHAR")


def columns_of(address: str, rows: Rows, types: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of a given table: the known ones and those only the case names."""
    named = dict.fromkeys(name for row in rows for name in row)
    guessed = {name: type_by_name(name, (row.get(name) for row in rows)) for name in named}
    return guessed | (known_columns(address) or {}) | dict(types)


def as_text(value: Any) -> Any:
    """Return a YAML value as the text that DuckDB casts, so that no value passes through a float."""
    match value:
        case None:
            return None
        case list() if all(not isinstance(item, dict) for item in value):
            return [as_text(item) for item in value]
        case list() | dict():
            return json.dumps(value)
        case bool():
            return str(value).lower()
        case datetime() | date():
            return value.isoformat()
    return str(value)


def create(engine: Engine, address: str, columns: Mapping[str, str], rows: Rows) -> None:
    engine.create(address, columns, [{name: as_text(value) for name, value in row.items()} for row in rows])


def provide(engine: Engine, address: str) -> None:
    """Create what a model reads and the case does not give."""
    if engine.has(address):
        return
    if columns := known_columns(address):
        create(engine, address, columns, [])
    else:
        build(engine, address)


def build(engine: Engine, address: str) -> None:
    """Build one model after everything it reads."""
    room, table = address.split(".")
    model = {model.table: model for model in models_of(room)}[table]
    for read in model.reads:
        provide(engine, read)
    engine.execute(f"create table {address} as {model.sql}")


def compared(engine: Engine, address: str, names: Iterable[str]) -> Rows:
    selected = ", ".join(f'"{name}"' for name in names)
    return engine.rows(f"select {selected} from {address} order by all")


@pytest.mark.parametrize(
    "file", [pytest.param(file, id=file.relative_to(CASES).with_suffix("").as_posix()) for file in sorted(CASES.rglob("*.yml"))]
)
def test_a_model_yields_the_expected_rows_of_its_case(file: Path) -> None:
    case = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert set(case) <= {"case", "given", "expect", "types", "rule"}, "a case file has case, given, expect, and types or rule if needed"
    room, table = file.relative_to(CASES).parts[:2]
    address = f"{room}.{table}"
    with Engine() as engine:
        for given, rows in case["given"].items():
            create(engine, given, columns_of(given, rows, case.get("types", {}).get(given, {})), rows)
        build(engine, address)
        if not case["expect"]:
            assert engine.rows(f"from {address}") == [], case["case"]
            return
        names = list(case["expect"][0])
        assert all(list(row) == names for row in case["expect"]), "every expected row names the same columns, in the same order"
        kinds = {name: kind for name, kind, *_ in engine.execute(f"describe {address}").fetchall()}
        create(engine, "main.expected", {name: kinds[name] for name in names}, case["expect"])
        assert compared(engine, address, names) == compared(engine, "main.expected", names), case["case"]
