"""The same chart for Plotly: hovering tells each mark, dragging zooms into time. Drawn over the still picture where a script runs.

Built as plain JSON, not with plotly's Python classes: the same bytes whatever a version adds. Plotly's own script is its package's.
"""

from __future__ import annotations

import math
from functools import cache
from html import escape
from typing import Any

from tasks.model.instants import exact_instant, from_epoch_us
from tasks.publish.charts import TONES, Axis, Box, Chart, Dot, Note, Path
from tasks.publish.svg import FOOT, POINT_PX, TEXT, WIDE, frame_of, shortened

SYMBOLS = {
    "dot": "circle",
    "ring": "circle-open",
    "diamond": "diamond",
    "open-diamond": "diamond-open",
    "square": "square-open",
    "dash": "line-ew-open",
    "bar": "line-ns-open",
}
CONFIG = {"displayModeBar": False, "displaylogo": False, "responsive": True, "doubleClick": "reset", "showTips": False}
SCALE = 820 / WIDE  # the page is that many pixels wide
FONT = {"family": "Ledger Sans, sans-serif", "size": round(TEXT * SCALE), "color": TONES["ink"]}


@cache
def plotly_script() -> str:
    """Return the text of plotly.js as its package ships it."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


def plotly_figure(chart: Chart) -> dict[str, Any]:
    """Return `{"data", "layout", "config"}` of the chart for Plotly.newPlot."""
    traces = [_boxes(chart, mark) for mark in chart.marks if isinstance(mark, Box)]
    traces += [_path(chart, mark) for mark in chart.marks if isinstance(mark, Path)]
    traces += [_dots(chart, shape, tone) for shape, tone in sorted({(m.shape, m.tone) for m in chart.marks if isinstance(m, Dot)})]
    return {"data": traces, "layout": _layout(chart), "config": CONFIG}


def _value(axis: Axis, value: float) -> Any:
    if axis.kind == "time":
        return exact_instant(from_epoch_us(int(min(max(value, axis.low), axis.high))))
    return min(max(value, axis.low), axis.high)


def _range(axis: Axis) -> list[Any]:
    if axis.kind == "log":
        return [math.log10(axis.low), math.log10(axis.high)]
    return [_value(axis, axis.low), _value(axis, axis.high)]


def _dots(chart: Chart, shape: str, tone: str) -> dict[str, Any]:
    dots = [mark for mark in chart.marks if isinstance(mark, Dot) and (mark.shape, mark.tone) == (shape, tone)]
    is_line = SYMBOLS[shape].startswith("line")
    size = 16 if shape == "bar" else 11
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [_value(chart.x, dot.x) for dot in dots],
        "y": [dot.y for dot in dots],
        "text": [escape(dot.words) for dot in dots],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "symbol": SYMBOLS[shape],
            "size": size,
            "color": TONES[tone],
            "line": {"width": 2.5 if is_line else 2, "color": TONES[tone]},
        },
        "cliponaxis": False,
    }


def _boxes(chart: Chart, mark: Box) -> dict[str, Any]:
    frame = frame_of(chart)
    corners = mark.outline((chart.x.high - chart.x.low) * POINT_PX / (frame.right - frame.left))
    paint: dict[str, Any] = {
        "solid": {"fillcolor": TONES[mark.tone], "line": {"width": 1, "color": TONES[mark.tone]}},
        "hatch": {"fillpattern": {"shape": "/", "fgcolor": TONES["muted"], "bgcolor": TONES["paper"], "size": 6}}
        | {"line": {"width": 1, "color": TONES[mark.tone]}},
        "light": {"fillcolor": TONES["paper"], "line": {"width": 1, "color": TONES[mark.tone], "dash": "dot"}},
    }[mark.fill]
    return paint | {
        "type": "scatter",
        "mode": "lines",
        "x": [_value(chart.x, x) for x, _ in (*corners, corners[0])],
        "y": [mark.y + part * mark.thickness for _, part in (*corners, corners[0])],
        "fill": "toself",
        "hoveron": "fills",
        "hoverinfo": "text",
        "text": escape(mark.words),
    }


def _path(chart: Chart, mark: Path) -> dict[str, Any]:
    area: dict[str, Any] = {"fill": "toself", "fillcolor": TONES[mark.tone]} if mark.is_area else {}
    return area | {
        "type": "scatter",
        "mode": "lines",
        "x": [_value(chart.x, x) for x, _ in mark.points],
        "y": [y for _, y in mark.points],
        "hoverinfo": "skip",
        "line": {"width": 0 if mark.is_area else mark.width, "color": TONES[mark.tone], "dash": "dash" if mark.is_dashed else "solid"},
    }


def _layout(chart: Chart) -> dict[str, Any]:
    frame = frame_of(chart)
    return {
        "height": _px(frame.height),
        "margin": {"l": _px(frame.left), "r": _px(frame.width - frame.right), "t": _px(frame.top), "b": _px(FOOT), "pad": 0},
        "font": FONT,
        "paper_bgcolor": TONES["paper"],
        "plot_bgcolor": TONES["paper"],
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": TONES["paper"], "bordercolor": TONES["ink"], "font": FONT, "align": "left"},
        "dragmode": "zoom",
        "xaxis": _axis(chart.x) | {"title": {"text": escape(chart.x.title), "font": FONT | {"color": TONES["muted"]}, "standoff": 6}},
        "yaxis": _lanes_axis(len(chart.y)) if isinstance(chart.y, tuple) else _axis(chart.y) | {"fixedrange": True},
        "annotations": _annotations(chart),
    }


def _px(length: float) -> int:
    return round(length * SCALE)


def _axis(axis: Axis) -> dict[str, Any]:
    kind = "date" if axis.kind == "time" else axis.kind
    ticks = {"tickvals": [_value(axis, value) for value, _ in axis.ticks], "ticktext": [escape(words) for _, words in axis.ticks]}
    look = {"gridcolor": TONES["rule"], "zeroline": axis.low < 0, "zerolinecolor": TONES["ink"], "showline": False}
    return ticks | look | {"type": kind, "range": _range(axis), "tickfont": FONT | {"color": TONES["muted"]}, "ticks": "", "tickangle": 0}


def _lanes_axis(lanes: int) -> dict[str, Any]:
    every = list(range(lanes))
    return {
        "range": [lanes - 0.5, -0.5],
        "tickvals": every,
        "showticklabels": False,
        "gridcolor": TONES["band"],
        "zeroline": False,
        "fixedrange": True,
    }


def _annotations(chart: Chart) -> list[dict[str, Any]]:
    notes = [_annotation(chart, mark) for mark in chart.marks if isinstance(mark, Note)]
    if isinstance(chart.y, Axis):
        title = {"text": escape(chart.y.title), "x": 0, "xref": "paper", "y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": "left"}
        return [*notes, title | {"xshift": -60, "yshift": 4, "showarrow": False, "font": FONT | {"color": TONES["muted"]}}]
    for number, lane in enumerate(chart.y):
        at: dict[str, Any] = {"y": number, "yref": "y", "xref": "paper", "showarrow": False, "yanchor": "middle"}
        label = escape(shortened(lane.label, chart.label_room - 12))
        notes.append(at | {"text": label, "x": 0, "xanchor": "left", "xshift": -_px(chart.label_room)})
        if lane.value or lane.words:
            text = lane.value.printed if lane.value else lane.words
            notes.append(at | {"text": escape(text), "x": 1, "xanchor": "right", "xshift": _px(chart.value_room) - 2})
    return notes


def _annotation(chart: Chart, note: Note) -> dict[str, Any]:
    x = math.log10(note.x) if chart.x.kind == "log" else _value(chart.x, note.x)
    anchor = {"start": "left", "middle": "center", "end": "right"}[note.anchor]
    words = {"text": escape(note.words), "font": FONT | {"color": TONES[note.tone]}, "showarrow": False}
    return words | {"x": x, "y": note.y, "xanchor": anchor, "xshift": note.shift[0], "yshift": -note.shift[1] + 5}
