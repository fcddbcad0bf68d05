"""What would turn a verdict: the changes of verdict_sensitivity as section 3 prints them (K6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tasks.publish.draft import Draft, Row, View, grouped, subject
from tasks.publish.numbers import Sheet, row_source
from tasks.publish.words import Code, verdict, words

FLIPS = """
    from measured.verdict_sensitivity
    where subject_kind = 'sla_result' and flipped_status is not null
    order by subject_id, change_us nulls last, change_kind
"""


def flips_by_result(draft: Draft) -> dict[str, list[dict[str, Any]]]:
    """Return the changes that turn a level's verdict, the smallest first, by result."""
    return grouped(draft.engine.rows(FLIPS), "subject_id") if draft.engine.has("measured.verdict_sensitivity") else {}


def flip(sheet: Sheet, line: Row, row: Row) -> View:
    """Return one change: what would have to be so, by how much, and the verdict then; a length is told apart from one too short."""
    change = words()["change_kinds"][row["change_kind"]]
    label = f"{change}, {subject(line)}"
    source = row_source("verdict_sensitivity", row, "change_us", "K6")
    return {
        "change": change,
        "by": Code(row["change_to"]) if row["change_us"] is None else sheet.duration(label, row["change_us"], source, row["change_us"] - 1),
        "verdict": verdict(row["flipped_status"]),
        "is_fragile": row["is_fragile"],
    }


def near_misses(draft: Draft, sheet: Sheet, flips: dict[str, list[dict[str, Any]]]) -> Sequence[View]:
    """Return the levels that are met, and that the smallest move within the tolerance of sources would turn."""
    found = []
    for line in draft.levels:
        close = [row for row in flips.get(line["result_id"], ()) if line["status"] == "met" and row["is_fragile"]]
        found += [{"name": line["service_name"], "measure": words()["kinds"][line["kind"]], **flip(sheet, line, row)} for row in close[:1]]
    return found
