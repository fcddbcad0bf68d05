"""What a section is made of: sentences, tables and charts, in order; one template prints them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tasks.publish.charts import Chart
from tasks.publish.draft import View

KINDS = {"#": "num", "!": "whole", "_": "fill"}  # numbers; what does not break, such as dates; what people fill in


def said(*parts: Any) -> View:
    """Return a sentence of texts and figures."""
    return {"kind": "said", "parts": parts}


def lacking(text: str) -> View:
    """Return why there is nothing to show: an empty section always says so."""
    return {"kind": "lacking", "text": text}


def heading(text: str) -> View:
    """Return a heading inside a section."""
    return {"kind": "heading", "text": text}


def picture(chart: Chart, key: str = "") -> View:
    """Return a chart with what stands below it."""
    return {"kind": "chart", "chart": chart, "key": key}


def table(label: str, head: Sequence[str], rows: Sequence[Sequence[Any]], key: str = "") -> View:
    """Return a table; a head that begins with a key of KINDS says what is below it. A cell may be a list."""
    columns = [{"words": one.lstrip("".join(KINDS)), "kind": KINDS.get(one[0], "")} for one in head]
    return {"kind": "table", "label": label, "head": columns, "rows": [[_cell(cell) for cell in row] for row in rows], "key": key}


def _cell(cell: Any) -> list[Any]:
    return list(cell) if isinstance(cell, list | tuple) else [cell]
