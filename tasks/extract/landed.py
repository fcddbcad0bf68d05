"""What was landed before from a source: the time it covers, and the newest word on the records of a span."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from tasks.extract.products import Product, Record
from tasks.extract.spans import Pair
from tasks.store.home import Home
from tasks.store.inbox import FETCHED, pages_of
from tasks.store.journal import Journal
from tasks.store.knowledge import standing


def landings(journal: Journal, source_id: str) -> list[dict[str, Any]]:
    """Return the bodies of a source's landings that were not withdrawn, in the order of their recording."""
    bodies = [row.body for row in standing(journal.rows(("landing", "withdrawal"))) if row.body]
    return [body for body in bodies if body["source_id"] == source_id]


def covered_by(landed: Sequence[dict[str, Any]]) -> list[Pair]:
    """Return the spans that landings cover by somebody's word."""
    return [pair for body in landed if (pair := _covers(body))]


def _covers(body: dict[str, Any]) -> Pair | None:
    if body["covers_start_at"] is None:
        return None
    return datetime.fromisoformat(body["covers_start_at"]), datetime.fromisoformat(body["covers_end_at"])


def known_since(home: Home, product: Product[Any], landed: Sequence[dict[str, Any]], start_at: datetime) -> list[Record]:
    """Return the records from `start_at` on as the newest extraction of each instant had them."""
    found: list[Record] = []
    newer: list[Pair] = []
    files = [(body, covers) for body in landed if body["file"].startswith(FETCHED) and (covers := _covers(body)) and covers[1] > start_at]
    for body, covers in sorted(files, key=lambda one: one[0]["extracted_at"], reverse=True):
        for record in _records(home, product, body):
            at = record.asked_at
            if at and at >= start_at and not any(start <= at < end for start, end in newer):
                found.append(record)
        newer.append(covers)
    return found


def _records(home: Home, product: Product[Any], body: dict[str, Any]) -> Iterator[Record]:
    """Yield the records of a landed file; one that retention has taken has none."""
    file = home.raw_file(body["file_sha256"], body["file"])
    for page in pages_of(file) if file.is_file() else ():
        yield from product.records(json.loads(page))
