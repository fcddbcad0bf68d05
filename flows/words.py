"""Rows as plain text in columns: for people and for pipes, the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

GAP = "  "


def as_columns(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows under a header, numbers to the right; an unknown value is a dash, an instant is UTC with Z."""
    table = [[_text(row[name]) for name in columns] for row in rows]
    widths = [max(map(len, [name, *(line[place] for line in table)])) for place, name in enumerate(columns)]
    is_number = [all(isinstance(row[name], int | float | Decimal) for row in rows if row[name] is not None) for name in columns]
    lines = [list(columns), ["-" * width for width in widths], *table]
    return "\n".join(GAP.join(map(_set, line, widths, is_number)).rstrip() for line in lines)


def _set(cell: str, width: int, is_right: bool) -> str:
    return cell.rjust(width) if is_right else cell.ljust(width)


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()
    return str(value)
