"""Reference tables row by row, as people wrote them and with file and line: what the gate's row expectations look at (DESIGN 6)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tasks.model.dictionary import dictionary
from tasks.model.form import Path as Steps
from tasks.model.zones import calendar_instant
from tasks.store.reference_desk import TABLE, TABLES, Desk
from tasks.store.yaml_lines import Document

PLACE = "place"  # file and line
SORTABLE = "_utc"  # ends the name of a bound's companion: UTC text that sorts as time does; none where the bound is no instant
BOUNDS = ("valid_from", "valid_to")
Row = dict[str, str | None]
Rows = tuple[Row, ...]


def rows_of(desk: Desk) -> dict[str, Rows]:
    """Return the rows of every reference table that has some; a cell is text as written, or None. The files have no faults."""
    tables = {stem: _of_csv(desk, stem, entity) for stem, entity in TABLES.items()}
    tables |= {"people": _people(desk), "holidays": _holidays(desk), "enumerations": _enumerations(desk)}
    placed = {name: tuple(row | _sortable(row, desk.home.display_timezone) for row in rows) for name, rows in tables.items()}
    return {name: rows for name, rows in placed.items() if rows}


def csv_lines(file: Path) -> list[tuple[int, dict[str, str]]]:
    """Return a CSV file's rows, each with its line (the header's is 1); none if it cannot be read, which its header check reports."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            return [(reader.line_num, _cells(cells)) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def _cells(cells: Mapping[str | None, Any]) -> dict[str, str]:
    return {(name or "").strip(): value.strip() for name, value in cells.items() if isinstance(value, str)}


def _of_csv(desk: Desk, stem: str, entity: str) -> Iterator[Row]:
    file = desk.home.reference / f"{stem}{TABLE}"
    names = [column.name for column in dictionary().entities[entity].columns]
    for line, cells in csv_lines(file):
        yield {name: cells.get(name) or None for name in names} | {PLACE: f"{desk.name(file)}:{line}"}


def _people(desk: Desk) -> Iterator[Row]:
    for document in desk.texts["people"]:
        for index, person in enumerate(document.value):
            yield {name: person.get(name) for name in ("person_ref", "valid_from", "valid_to")} | {PLACE: document.place((index,))}


def _holidays(desk: Desk) -> Iterator[Row]:
    """Yield the holidays of calendar files, and of calendars that the policy holds."""
    found: list[tuple[Document, Steps, str, Mapping[str, Any]]]
    found = [(document, (), document.value["id"], document.value) for document in desk.texts["calendars"]]
    for document in desk.texts["policy"]:
        own = (document.value or {}).get("calendars") or {}
        found += [(document, ("calendars", name), name, calendar) for name, calendar in own.items()]
    for document, path, name, calendar in found:
        bounds = {bound: calendar.get(bound) for bound in ("effective_from", "effective_to")}
        for index, day in enumerate(calendar.get("holidays") or ()):
            yield {"calendar": name, "day": day, PLACE: document.place((*path, "holidays", index))} | bounds


def _enumerations(desk: Desk) -> Iterator[Row]:
    """Yield the raw words that mappings give a meaning."""
    for document in desk.texts["mappings"]:
        for column, words in (document.value.get("enumerations") or {}).items():
            for raw in words:
                place = document.place(("enumerations", column, raw))
                yield {"mapping": document.file, "column": column, "raw": raw, PLACE: place}


def _sortable(row: Row, zone: str) -> Row:
    return {f"{name}{SORTABLE}": _utc(value, zone) for name, value in row.items() if name in BOUNDS}


def _utc(text: str | None, zone: str) -> str | None:
    """Return a moment in UTC; a bare date or a wall time is one of the home's zone."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    at = moment if moment.tzinfo else calendar_instant(zone, moment)
    return at.astimezone(UTC).isoformat(timespec="microseconds")
