"""Many small estates measured in one room: a room costs a second, whatever it holds. Every name of the n-th estate ends with `..n`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tasks.model.calendar import Calendar
from tasks.store.engine import Engine
from tests.measure.estate import measured
from tests.measure.world import DEFAULTS, Row

NAMED = re.compile(r"(_ids?|_raw)$")
ALONE = {"staged.service_catalogue": [{}]}


class Estate(NamedTuple):
    """What one case is about: its contracts as text, and the rows of its tables."""

    contracts: list[dict[str, Any]]
    tables: Mapping[str, Iterable[Row]]


class Seen(NamedTuple):
    """One of the estates in the room that all share; without a place, an estate that has a room of its own."""

    engine: Engine
    place: int | None = None

    def rows(self, sql: str, name: str) -> list[Row]:
        """Return the rows of a query that are this estate's, told by a column of names."""
        return [row for row in self.engine.rows(sql) if self.place is None or row[name].endswith(mark(self.place))]


def mark(place: int) -> str:
    return f"..{place}"


def measured_side_by_side(estates: Iterable[Estate], calendars: Mapping[str, Calendar], *, period: str, as_of: str) -> list[Seen]:
    """Return every estate as it stands in one measured room; none may see another's services, vendors or contracts."""
    contracts: list[dict[str, Any]] = []
    tables: dict[str, list[Row]] = defaultdict(list)
    place = -1
    for place, estate in enumerate(estates):
        contracts += [marked_contract(text, place) for text in estate.contracts]
        for address, rows in (ALONE | dict(estate.tables)).items():
            tables[address] += [marked({**DEFAULTS.get(address, {}), **row}, place) for row in rows]
    engine = measured(contracts, tables, period=period, as_of=as_of, calendars=calendars)
    return [Seen(engine, number) for number in range(place + 1)]


def marked_contract(text: Mapping[str, Any], place: int) -> dict[str, Any]:
    provider = text["provider"]
    return {**text, "contract_id": text["contract_id"] + mark(place), "provider": {**provider, "id": provider["id"] + mark(place)}}


def marked(row: Row, place: int) -> Row:
    """Return a row with the names of the n-th estate."""
    return {column: marked_name(value, place) if NAMED.search(column) else value for column, value in row.items()}


def marked_name(value: Any, place: int) -> Any:
    """Return a name, or names, of the n-th estate; a contract's version stays behind its contract."""
    if isinstance(value, list):
        return [marked_name(item, place) for item in value]
    if value is None:
        return None
    name, separator, version = value.partition("@")
    return name + mark(place) + separator + version
