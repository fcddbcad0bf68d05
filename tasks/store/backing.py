"""Backing gaps of an estate as an engine holds it, and as notes of `sla check` from the reference files alone (K7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tasks.model.backing import NO_SEVERITY, NOBODY, Estate, Row, backing_gaps
from tasks.model.calendar import Calendar
from tasks.model.catalogue_tree import CatalogueTree, Component, Place
from tasks.model.contract import Contract
from tasks.model.durations import duration_words
from tasks.model.form import Finding
from tasks.store.engine import Engine
from tasks.store.reference_desk import Desk, Sheet
from tasks.store.reference_rows import SORTABLE, rows_of
from tasks.store.run_columns import GIVEN_COLUMNS
from tasks.store.run_rows import scope_rows
from tasks.store.staged import staged_columns

NODES = """
    select service_id, component_id, parent_id, provider_id, dependency, k
    from staged.service_catalogue
    where valid_from < $end_at and (valid_to is null or valid_to > $start_at)
    qualify row_number() over (partition by service_id, component_id order by valid_from desc) = 1
    order by all
"""
GOVERNED = """
    select distinct contract_version_id, measure_id, service_id, component_id
    from run.governed_components
    where start_at < $end_at and (end_at is null or end_at > $start_at)
"""
READ = (  # of the catalogue, by what is asked here
    *("service_id", "component_id", "parent_id", "provider_id", "dependency", "k", "sla_governed"),
    *("component_region", "component_class", "valid_from", "valid_to"),
)
YES = ("true", "1", "yes", "t")
LATER = datetime(9999, 1, 1, tzinfo=UTC)  # what still holds then has no end


def gaps_between(
    engine: Engine, contracts: Iterable[Contract], calendars: Mapping[str, Calendar], start_at: datetime, end_at: datetime
) -> list[Row]:
    """Return the rows of backing_gaps of contract versions, by the catalogue as it stood last in `[start_at, end_at)`.

    Args:
        engine: Holds `run.governed_components` and `staged.service_catalogue`.
        contracts: Versions in force in the span.
        calendars: By id.
        start_at: Of the span.
        end_at: Of the span.
    """
    span = {"start_at": start_at, "end_at": end_at}
    by_version = {contract.contract_version_id: contract for contract in contracts}
    governed: dict[tuple[str, str], set[Place]] = {}
    for row in engine.rows(GOVERNED, span):
        if row["contract_version_id"] in by_version:
            place = (row["service_id"], row["component_id"])
            governed.setdefault((row["contract_version_id"], row["measure_id"]), set()).add(place)
    tree = CatalogueTree(Component(**row) for row in engine.rows(NODES, span))
    return backing_gaps(Estate(by_version, governed, tree, calendars))


def notes_of_backing(desk: Desk) -> Iterator[Finding]:
    """Yield a note for every promise of a newest contract version that the contracts behind it do not back; the files have no faults."""
    newest: dict[str, Sheet[Contract]] = {}
    for sheet in sorted(desk.contracts, key=lambda one: one.value.version.number):
        newest[sheet.value.contract_id] = sheet
    contracts = [sheet.value for sheet in newest.values()]
    with Engine() as engine:
        columns = staged_columns("service_catalogue")
        engine.create("staged.service_catalogue", {name: columns[name] for name in READ}, _catalogue(desk))
        engine.create("run.measure_scopes", GIVEN_COLUMNS["run.measure_scopes"], scope_rows(contracts))
        engine.build("run", only=["governed_components"])
        rows = gaps_between(engine, contracts, desk.calendars, LATER, LATER)
    sheets = {sheet.value.contract_version_id: sheet for sheet in newest.values()}
    yield from (_note(sheets[row["contract_version_id"]], row) for row in rows if row["gap"] != "none")


def _catalogue(desk: Desk) -> Iterator[dict[str, Any]]:
    """Yield the lines of services.csv that can be read; what cannot is set aside by staging."""
    for row in rows_of(desk).get("services", ()):
        if row["service_id"] and row["component_id"] and row[f"valid_from{SORTABLE}"]:
            yield row | {
                "valid_from": row[f"valid_from{SORTABLE}"],
                "valid_to": row[f"valid_to{SORTABLE}"],
                "k": row["k"] if (row["k"] or "").isdecimal() else None,
                "sla_governed": (row["sla_governed"] or "").lower() in YES,
            }


def _note(sheet: Sheet[Contract], row: Row) -> Finding:
    path = ("measures", row["measure_id"])
    fix = "agree on as much with whoever stands behind it, or promise no more than that"
    return Finding("BACKING_GAP", path, gap_words(row), row["backing_version_id"], "note", fix, sheet.document.place(path))


def gap_words(row: Row) -> str:
    """Return a backing gap in one sentence."""
    promised = _promise_words(row, "promised")
    subject = f"'{row['service_id']}'" if row["severity"] == NO_SEVERITY else f"{row['severity']} of '{row['service_id']}'"
    first = f"{promised} is promised for {subject}"
    behind = row["backing_version_id"]
    match row["gap"], behind:
        case "missing", str(name) if name == NOBODY:
            return f"{first}, which stands on another party's part that no contract is about"
        case "missing", _:
            return f"{first}, and {behind} behind it promises nothing of the kind"
        case "other_hours", _:
            return f"{first}, and {behind} behind it counts by other hours or in other units"
    backed = _promise_words(row, "backed")
    assumes = " (design value of all parts that others answer for; assumes independence)" if row["severity"] == NO_SEVERITY else ""
    return f"{first}, and {behind} behind it backs {backed}{assumes}"


def _promise_words(row: Row, side: str) -> str:
    us, pct = row[f"{side}_us"], row[f"{side}_pct"]
    if row["severity"] == NO_SEVERITY:
        return f"{pct.normalize():f} %"
    length = "a target in business days" if us is None else duration_words(us)
    return length if pct == 100 else f"{length} in {pct.normalize():f} % of incidents"
