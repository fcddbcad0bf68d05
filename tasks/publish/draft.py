"""What every section is written from: the run, the engine with its tables, the figures kept so far, and the service levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from tasks.model.run import Run
from tasks.model.zones import local_wall
from tasks.publish.numbers import Book
from tasks.publish.since import Since
from tasks.publish.words import verdict_of, words
from tasks.store.engine import Engine

Row = Mapping[str, Any]
View = dict[str, Any]


@dataclass
class Draft:
    """One page being written. `signoff` is role by part, `deciders` roles by kind of exclusion, `sign_by` the day for signing (policy).

    `since` is the last sealed pack of the month and what is new since; None for the first. `max_rate_age_days`: of a consolidated view.
    """

    engine: Engine
    run: Run
    book: Book
    signoff: Mapping[str, str]
    deciders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sign_by: date | None = None
    since: Since | None = None
    max_rate_age_days: int = 0

    @cached_property
    def levels(self) -> list[dict[str, Any]]:
        """Return the headline results with their `variants`, those that need attention first, then by name."""
        rank = list(words()["statuses"])
        variants = grouped(self.engine.rows("from published.level_variants order by headline_id, variant, result_id"), "headline_id")
        lines = self.engine.rows("from published.level_lines order by result_id")
        lines = [line | {"variants": variants.get(line["result_id"], [])} for line in lines]
        return sorted(lines, key=lambda line: (rank.index(verdict_of(line).key), -used_up(line), line["service_name"], line["result_id"]))

    @cached_property
    def unjudged(self) -> list[dict[str, Any]]:
        """Return the service levels in force that have no result, by contract, measure and service."""
        return self.engine.rows("from published.unjudged_levels order by all")

    @cached_property
    def service_names(self) -> dict[str, str]:
        """Return the catalogue's name of every service and component."""
        return {row["component_id"]: row["name"] for row in self.rows("published.catalogue_names", "component_id")}

    def rows(self, table: str, order: str) -> list[dict[str, Any]]:
        """Return a bounded table, or nothing where this version does not make it."""
        return self.engine.rows(f"from {table} order by {order}") if self.engine.has(table) else []


def grouped(rows: Sequence[Row], name: str) -> dict[str, list[Row]]:
    """Return rows by the value of a column, in their order."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[name], []).append(row)
    return groups


def unavailability(row: Row) -> float:
    """Return the unavailable share in percent, as a place on a chart or in an order."""
    return float(100 * (row["value_den"] - row["value_num"]) / row["value_den"])


def used_up(line: Row) -> float:
    """Return how much of what the target allows was used up, 1 = all of it; 0 where nothing can be said."""
    if line["target"] is None or not line["value_den"]:
        return 0.0
    allowed = float(100 - line["target"])
    return unavailability(line) / allowed if allowed else unavailability(line) * 1e9


def subject(line: Row) -> str:
    """Return how a result is named in labels: service, measure, and scope or span where they are not the whole."""
    scope = "" if line["scope"] == "service" else f", {line['scope']}"
    return f"{line['service_name']}, {line['measure_id']}{scope}{part_words(line)}"


def part_words(line: Row) -> str:
    """Return the local days of a result that does not fill its window; nothing for one that does, or that only as_of cuts."""
    is_whole = line["end_at"] == line["window_end_at"] or "PROVISIONAL" in line["flags"]
    if (line["start_at"] == line["window_start_at"] and is_whole) or line["start_at"] >= line["end_at"]:
        return ""
    first, last = (local_wall(line["timezone"], at).date() for at in (line["start_at"], line["end_at"] - timedelta(microseconds=1)))
    return f", {first} to {last}"
