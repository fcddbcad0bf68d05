"""Values as SQL text, for the queries that staging composes from the dictionary and from a call's files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def quoted(words: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + words.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    """Return a text, whole number, instant, list of them or nothing as an SQL literal."""
    match value:
        case None:
            return "null"
        case int():
            return str(value)
        case datetime():
            return quoted(value.isoformat())
        case list() | tuple():
            return f"[{', '.join(literal(item) for item in value)}]"
    return quoted(str(value))


def by_file(values: Mapping[int, Any], kind: str) -> str:
    """Return SQL for a value that all rows of a file share, looked up by `landing_seq`.

    The values stand as a list in the query itself: a join would lose the order of the rows.

    Args:
        values: landing_seq → value.
        kind: DuckDB type of the values.
    """
    first, last = min(values, default=0), max(values, default=0)
    listed = ", ".join(literal(values.get(seq)) for seq in range(first, last + 1))
    return f"([{listed}]::{kind}[])[landing_seq - {first - 1}]"
