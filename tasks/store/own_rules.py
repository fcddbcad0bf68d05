"""Quality rules that people write as SQL files: read strictly before they run, and run where they see no file and no network.

A file is refused unless it is one SELECT over tables of the dictionary that DuckDB can bind to their columns, without functions that answer
otherwise tomorrow; so `sla check` tells what a run would stumble over.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

from tasks.model.dictionary import dictionary
from tasks.model.errors import FaultsError, LedgerError
from tasks.model.form import FormError, read
from tasks.model.own_rule import OwnRule, RuleHeader
from tasks.store.engine import Engine, physical, syntax_nodes
from tasks.store.run_columns import COLUMNS
from tasks.store.staged import VERSION_COLUMNS, staged_columns
from tasks.store.yaml_lines import Document

ROOMS = ("staged", "reconciled")
SELECTING = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series"})
CLOCKS = frozenset(
    {
        *("current_date", "current_time", "current_timestamp"),
        *("localtime", "localtimestamp", "current_localtime", "current_localtimestamp"),
    }
)
STEADY = "a rule gives the same answer each time: the run's instants stand in run.context (as_of, period_start_at, period_end_at)"
KEY_LINE = re.compile(r"-- ?(?P<key>[A-Za-z_]+):?(?:\s+(?P<text>.*))?")
MORE = re.compile(r"--(?:\s{2,}|\t)(?P<text>.*)")
AT_LINE = re.compile(r"\bLINE (\d+):")
NO_COLUMN = re.compile(r'Referenced column "([^"]+)" not found')
HOW_TO = "begin the file with -- id, -- words, -- limit and -- verdict, each in a line of its own"
TABLES_STAND = "staged.<entity> of entities.yml, reconciled.<table> of tables.yml, run.context: these are the tables there are"
COLUMNS_STAND = "columns of staged tables stand in tasks/model/entities.yml, those of reconciled ones in tasks/model/tables.yml"
LATER = ("run.quality_blocks", "run.feed_spans")  # empty until measuring fills them
NOWHERE = 2**63  # DuckDB's place of what stands in no text
NEW_LINE = b"\n"
NAMED_ROWS, NAMED_LENGTH = 3, 40  # of the rows that offend


@dataclass(frozen=True)
class Offending:
    """What a rule found: how many rows were looked at, how many offend, the first of them by name, and whose services they are.

    `services` is None if the rule does not say, or a row does not know.
    """

    checked: int
    failed: int
    names: tuple[str, ...]
    services: tuple[str, ...] | None


def read_own_rules(files: Mapping[str, bytes]) -> tuple[tuple[OwnRule, ...], list[FormError]]:
    """Return the sound rules by id, and every fault of the others.

    Args:
        files: Name as errors print it → content.
    """
    rules: dict[str, OwnRule] = {}
    faults: list[FormError] = []
    with Engine() as engine:
        engine.shut()
        for file, content in files.items():
            try:
                rule = _read(engine, file, content)
            except FaultsError as error:
                faults.extend(fault for fault in error.faults if isinstance(fault, FormError))
                continue
            if rules.setdefault(rule.header.id, rule) is not rule:
                what = f"rule '{rule.header.id}' stands in {rules[rule.header.id].file} too"
                faults.append(FormError("REPEATED", ("id",), what, fix="give each rule its own id", place=file))
    return tuple(rules[name] for name in sorted(rules)), faults


def find_offending(engine: Engine, rule: OwnRule) -> Offending:
    """Run a rule in an engine that shows the rooms and was shut.

    Raises:
        LedgerError: If its SELECT fails on what the rooms hold: a rule that cannot be judged does not pass.
    """
    try:
        engine.execute(f"create or replace temp table offending as {rule.sql}")
        columns = [name for name, *_ in engine.execute("describe offending").fetchall()]
        (checked,) = engine.execute(f"select count(*) from (select 1 from {rule.header.of}\n)").fetchall()[0]
    except duckdb.Error as error:
        fault = _refused("RULE_FAILED", rule.file, error, "mend the rule: it must hold for whatever the rooms hold")
        raise LedgerError(fault.what, where=fault.place, fix=fault.fix) from error
    (failed,) = engine.execute("select count(*) from offending").fetchall()[0]
    return Offending(checked, failed, _names(engine, columns[0]), _services(engine) if "service_id" in columns else None)


def _names(engine: Engine, column: str) -> tuple[str, ...]:
    """Return what the first rows are called: they are printed, so that none is called by free text or by a person (DOMAIN 8)."""
    if column in _told_of_people():
        return ()
    quoted = '"' + column.replace('"', '""') + '"'
    named = f"select distinct left(redacted({quoted}::varchar), {NAMED_LENGTH}) from offending where {quoted} is not null"
    return tuple(name for (name,) in engine.execute(f"{named} order by 1 limit {NAMED_ROWS}").fetchall())


@cache
def _told_of_people() -> frozenset[str]:
    """Return the columns of entities that hold free text or names of people."""
    entities = dictionary().entities.values()
    return frozenset(column.name for entity in entities for column in entity.columns if column.pii in ("free_text", "person"))


def _services(engine: Engine) -> tuple[str, ...] | None:
    found = [name for (name,) in engine.execute("select distinct service_id::varchar from offending order by 1").fetchall()]
    return None if None in found else tuple(found)


@cache
def offered_tables() -> dict[str, dict[str, str]]:
    """Return the tables that a rule may read, and their columns: staged entities, result tables of both rooms, what a run knows."""
    entities = {f"staged.{name}": staged_columns(name) for name in dictionary().entities}
    versions = {f"{address}_versions": columns | VERSION_COLUMNS for address, columns in entities.items()}
    results = {f"{table.room}.{name}": physical(table.columns) for name, table in dictionary().tables.items() if table.room in ROOMS}
    return entities | versions | results | {name: columns for name, columns in COLUMNS.items() if name not in LATER}


def _read(engine: Engine, file: str, content: bytes) -> OwnRule:
    """Return the rule of a file.

    Raises:
        FaultsError: With every fault of its header, and those of its SELECT.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FaultsError([FormError("NOT_UTF8", (), "it is no text in UTF-8", fix="save it as UTF-8", place=file)]) from error
    document, header, faults = _header_of(file, text), None, list(_faults(engine, file, text))
    try:
        header = read(RuleHeader, document.value)
    except FaultsError as error:
        faults.extend(document.located(fault) for fault in error.faults if isinstance(fault, FormError))
    if faults or header is None:
        raise FaultsError(faults)
    of = _rows_looked_at(engine, document, header, _tables(engine, text))
    tables = _tables(engine, f"select 1 from {of}")
    return OwnRule(file, header.model_copy(update={"of": of}), tables[0].partition(".")[2] if len(tables) == 1 else "-", text)


def _header_of(file: str, text: str) -> Document:
    """Return the comment lines that the file begins with: key → words, with their lines. An indented line goes on with the one before."""
    document = Document(file, {}, {(): 1})
    key = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("--"):
            break
        if (more := MORE.fullmatch(line)) and key is not None:
            document.value[key] = f"{document.value[key]} {more['text'].strip()}".strip()
        elif found := KEY_LINE.fullmatch(line):
            key = found["key"].lower()
            document.value[key] = (found["text"] or "").strip()
            document.lines[(key,)] = number
    if not document.value:
        raise FaultsError(
            [FormError("NO_HEADER", (), "the file has no header", known=RuleHeader.model_fields, fix=HOW_TO, place=f"{file}:1")]
        )
    return document


def _rows_looked_at(engine: Engine, document: Document, header: RuleHeader, tables: Sequence[str]) -> str:
    """Return what stands after FROM where the rows looked at are counted: as stated, else the one table that the rule reads."""
    path = ("of",)
    if header.of is None:
        if len(tables) == 1:
            return tables[0]
        what = f"the rule reads {', '.join(tables) or 'no table of the rooms'}: of which rows are those that offend a part?"
        raise FaultsError([FormError("MISSING_KEY", path, what, fix="add a line such as -- of  staged.ticket", place=document.place(()))])
    faults = list(_faults(engine, document.file, f"select 1 from {header.of}"))
    if faults:
        raise FaultsError(FormError(one.code, path, one.what, known=one.known, fix=one.fix, place=document.place(path)) for one in faults)
    return header.of


def _faults(engine: Engine, file: str, sql: str) -> list[FormError]:
    """Return what forbids to run a text: first that it is not one SELECT, else what it may not say, else what it cannot find."""
    try:
        statements = engine.connection.extract_statements(sql)
    except duckdb.Error as error:
        return [_refused("NOT_SQL", file, error, "mend it: the file holds one SELECT in DuckDB's SQL")]
    kinds = ["PIVOT" if statement.type.name == "MULTI" else statement.type.name for statement in statements]
    if kinds != ["SELECT"]:
        second = sql.encode().find(statements[1].query.strip().encode()) if len(kinds) > 1 else 0
        return [_not_one_select(_place(file, sql, second), ", ".join(kinds) or "none")]
    try:
        nodes = list(syntax_nodes(sql, engine.connection))
    except ValueError:
        return [_not_one_select(f"{file}:1", "one of a form that is not read")]
    changing = [str(node["type"]) for node in nodes if str(node.get("type")).endswith("_NODE") and node["type"] not in SELECTING]
    if changing:
        return [_not_one_select(f"{file}:1", changing[0].partition("_")[0])]
    return list(_forbidden(file, sql, nodes)) or list(_unbound(engine, file, sql))


def _not_one_select(place: str, found: str) -> FormError:
    what = f"the file must hold one SELECT, and it holds {found}"
    return FormError("NOT_ONE_SELECT", (), what, fix="leave the one SELECT that yields the rows that offend", place=place)


def _forbidden(file: str, sql: str, nodes: Sequence[Mapping[str, Any]]) -> Iterator[FormError]:
    """Yield tables that are not offered, functions that make tables of files or of the engine's own state, and answers that change."""
    own = {entry["key"] for node in nodes if "cte_map" in node for entry in node["cte_map"]["map"]}
    for node in nodes:
        place = _place(file, sql, node.get("query_location"))
        if node.get("type") == "BASE_TABLE" and (address := _address(node)) not in own | offered_tables().keys():
            known = difflib.get_close_matches(address, offered_tables(), n=5, cutoff=0.5)
            yield FormError.unknown("UNKNOWN_TABLE", (), "table", address, known, TABLES_STAND).at(place)
        if node.get("type") == "TABLE_FUNCTION" and (name := node["function"]["function_name"]) not in TABLE_FUNCTIONS:
            yield _not_allowed(place, f"{name}()", "read tables of the rooms alone: no file, no network, nothing of the engine's own")
        if node.get("class") in ("FUNCTION", "WINDOW") and (name := str(node["function_name"])) in _changing_functions():
            yield _not_allowed(place, f"{name}()", STEADY)
        if node.get("class") == "COLUMN_REF" and (name := str(node["column_names"][-1]).lower()) in CLOCKS:
            yield _not_allowed(place, name, STEADY)
        if node.get("sample"):
            yield _not_allowed(place, "a sample", "look at every row")


@cache
def _changing_functions() -> frozenset[str]:
    """Return the functions that may answer otherwise to the same question: clocks, chance, counters, settings."""
    with duckdb.connect(":memory:") as parser:
        found = parser.execute("select function_name from duckdb_functions() where stability <> 'CONSISTENT'").fetchall()
    return frozenset(name for (name,) in found) | CLOCKS


def _not_allowed(place: str, what: str, fix: str) -> FormError:
    return FormError("NOT_ALLOWED", (), f"a rule may not use {what}", fix=fix, place=place)


def _unbound(engine: Engine, file: str, sql: str) -> Iterator[FormError]:
    """Yield what DuckDB cannot find or fit, with the tables as the dictionary has them, empty."""
    for address in _tables(engine, sql, rooms=("run", *ROOMS)):
        if not engine.has(address):
            engine.create(address, offered_tables()[address])
    try:
        engine.execute(f"explain {sql}")
    except duckdb.Error as error:
        yield _refused("DOES_NOT_FIT", file, error, COLUMNS_STAND)


def _tables(engine: Engine, sql: str, rooms: Sequence[str] = ROOMS) -> list[str]:
    """Return the tables of rooms that a SELECT reads, sorted; what a run knows is no row that offends."""
    found = {_address(node) for node in syntax_nodes(sql, engine.connection) if node.get("type") == "BASE_TABLE"}
    return sorted(address for address in found if address.partition(".")[0] in rooms)


def _address(node: Mapping[str, Any]) -> str:
    return ".".join(node[part] for part in ("catalog_name", "schema_name", "table_name") if node.get(part))


def _refused(code: str, file: str, error: duckdb.Error, fix: str) -> FormError:
    """Return DuckDB's own words as a fault, at the line that they name."""
    words, _, _ = str(error).partition("\n\nLINE")
    what, _, near = words.partition("\nCandidate bindings: ")
    at, missing = AT_LINE.search(str(error)), NO_COLUMN.search(what)
    place = f"{file}:{at[1] if at else 1}"
    if missing:
        return FormError.unknown(code, (), "column", missing[1], re.findall(r'"(?:\w+\.)?([^"]+)"', near), fix).at(place)
    return FormError(code, (), " ".join(what.split()), fix=fix, place=place)


def _place(file: str, sql: str, offset: int | None) -> str:
    """Return `file:line` of a place in the text, counted in bytes as DuckDB does; where it knows none, that is the first line."""
    before = sql.encode()[:offset] if offset is not None and 0 <= offset < NOWHERE else b""
    return f"{file}:{before.count(NEW_LINE) + 1}"
