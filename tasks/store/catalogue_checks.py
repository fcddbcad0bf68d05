"""What the service catalogue must fit: a root for each service, parents that exist, promised names, providers on both sides (DOMAIN 2.2).

Rows that no catalogue could hold are set aside by staging, like those of any source; here only names are compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from tasks.model.dictionary import dictionary
from tasks.model.form import Finding, FormError
from tasks.model.measures import Availability
from tasks.store.blanks import BLANK, blank
from tasks.store.reference_desk import Desk
from tasks.store.reference_rows import csv_lines

FILE = "services.csv"


@dataclass(frozen=True)
class CatalogueRow:
    """A line of services.csv. `line` counts from 1, the header's."""

    line: int
    service_id: str
    component_id: str
    parent_id: str
    provider_id: str
    is_governed: bool
    has_users: bool


def faults_of_catalogue(desk: Desk) -> Iterator[FormError]:
    """Yield names that point nowhere; providers without a counterpart go to the desk's findings."""
    rows, blanks = _rows(desk)
    yield from blanks
    if rows:
        yield from () if blanks else _roots(rows)
        yield from _parents(rows)
        yield from _promises(desk, rows)
        desk.findings.extend(_providers(desk, rows))
        desk.findings.extend(_users(desk, rows))


def _rows(desk: Desk) -> tuple[list[CatalogueRow], list[FormError]]:
    """Return the catalogue's lines and the blanks, whose lines are left out; none if it cannot be read, which its header check reports."""
    rows, blanks = [], []
    for line, cells in csv_lines(desk.home.reference / FILE):
        found = [_blank(line, name) for name, value in cells.items() if value == BLANK]
        blanks.extend(found)
        rows.extend([] if found else [_row(line, cells)])
    return rows, blanks


def _blank(line: int, name: str) -> FormError:
    columns = {column.name: column for column in dictionary().entities["service_catalogue"].columns}
    asked = columns[name].meaning if name in columns else "its value"
    return blank((name,), f"reference/{FILE}:{line}", f"write: {asked} (reference/README.md of a new home explains the columns)")


def _row(line: int, cells: Mapping[str, str]) -> CatalogueRow:
    service_id, component_id, parent_id, provider_id = (
        cells.get(f"{name}_id", "") for name in ("service", "component", "parent", "provider")
    )
    is_governed = cells.get("sla_governed", "").lower() in ("true", "1", "yes", "t")
    return CatalogueRow(line, service_id, component_id, parent_id, provider_id, is_governed, bool(cells.get("users", "")))


def _roots(rows: list[CatalogueRow]) -> Iterator[FormError]:
    """Yield services without a row of their own, each at its first line: tickets and levels of such a service would belong to nothing."""
    known = {row.component_id for row in rows}
    rooted = {row.service_id for row in rows if row.component_id == row.service_id}
    firsts = {row.service_id: row.line for row in reversed(rows)}
    for service_id, line in sorted(firsts.items(), key=lambda first: first[1]):
        if service_id and service_id not in rooted:
            what = f"service '{service_id}' has no row of its own (component_id = service_id)"
            fix = f"write '{service_id}' as component_id of the row that stands for the whole service, or add that row"
            yield FormError("NO_ROOT", ("component_id",), what, known=sorted(known), fix=fix, place=f"reference/{FILE}:{line}")


def _parents(rows: list[CatalogueRow]) -> Iterator[FormError]:
    known = {row.component_id for row in rows}
    for row in rows:
        if row.parent_id and row.parent_id not in known:
            fix = "write the component_id of another row, or leave parent_id empty"
            place = f"reference/{FILE}:{row.line}"
            yield FormError.unknown("UNKNOWN_COMPONENT", ("parent_id",), "component", row.parent_id, known, fix).at(place)


def _promises(desk: Desk, rows: list[CatalogueRow]) -> Iterator[FormError]:
    """Yield what measures apply to and no row has: such a promise would silently never be measured."""
    known = {"services": {row.service_id for row in rows}, "components": {row.component_id for row in rows}}
    fix = f"add it to reference/{FILE}, or name one that stands there"
    for sheet in desk.contracts:
        for measure_id, measure in sheet.value.measures.items():
            for key, names in known.items():
                for index, name in enumerate(getattr(measure.applies_to, key)):
                    if name not in names:
                        kind, path = key.removesuffix("s"), ("measures", measure_id, "applies_to", key, index)
                        yield sheet.document.located(FormError.unknown(f"UNKNOWN_{kind.upper()}", path, kind, name, names, fix))


def _providers(desk: Desk, rows: list[CatalogueRow]) -> Iterator[Finding]:
    """Yield providers that the catalogue names without a contract, and contracts of providers that it does not name."""
    governed = {row.provider_id: row.line for row in reversed(rows) if row.is_governed and row.provider_id}
    promised = {sheet.value.provider.id for sheet in desk.contracts}
    for provider, line in sorted(governed.items()):
        if promised and provider not in promised:
            what = f"no contract is with '{provider}': its services are not judged"
            fix = f"write its contract, or one of {', '.join(sorted(promised))}"
            yield Finding("NO_CONTRACT", ("provider_id",), what, provider, fix=fix, place=f"reference/{FILE}:{line}")
    for sheet in desk.contracts:
        if sheet.value.provider.id not in governed:
            path, fix = ("provider", "id"), f"write '{sheet.value.provider.id}' as provider_id of the services it is about"
            what = "the catalogue has no governed service of this provider: nothing is judged by this contract"
            yield Finding("NOTHING_GOVERNED", path, what, fix=fix, place=sheet.document.place(path))


def _users(desk: Desk, rows: list[CatalogueRow]) -> Iterator[Finding]:
    """Yield rows without users of services whose user minutes a contract counts by the catalogue (R-PO3)."""
    for sheet in desk.contracts:
        for measure_id, measure in sheet.value.measures.items():
            users = measure.user_minutes if isinstance(measure, Availability) else None
            if users is None or users.users_from != "service_catalogue":
                continue
            what = f"{sheet.value.contract_version_id} counts user minutes in measures.{measure_id}: without users it says nothing"
            for row in _governed(rows, measure.applies_to.services, sheet.value.provider.id):
                if not row.has_users:
                    place = f"reference/{FILE}:{row.line}"
                    yield Finding(
                        "USERS_UNKNOWN", ("users",), what, row.service_id, fix="write how many users the service has", place=place
                    )


def _governed(rows: list[CatalogueRow], named: Collection[str], provider_id: str) -> Iterator[CatalogueRow]:
    """Yield the rows of services as such that a measure is about: those it names, else all governed ones of the provider."""
    for row in rows:
        is_promised = row.service_id in named if named else row.is_governed and row.provider_id == provider_id
        if is_promised and row.component_id == row.service_id:
            yield row
