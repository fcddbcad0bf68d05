"""A chart as still SVG: for paper, for narrow screens, and where no script runs. Same ink everywhere: no measuring of fonts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from tasks.publish.charts import TONES, Axis, Box, Chart, Dot, Lane, Mark, Note, Path

WIDE, NARROW = 760, 340
TEXT = 13  # px; 9 pt or more when printed at the width of A4
LETTER = 6.6  # px; a letter's mean width
TOP, FOOT = 8, 44
POINT_PX = 9  # of a bar that goes on beyond the picture


@dataclass(frozen=True)
class Frame:
    """Where the data lie inside the picture. Stacked: a lane's words stand above it, as narrow screens need."""

    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float
    is_stacked: bool


def svg(chart: Chart, *, is_narrow: bool = False) -> str:
    """Return the chart as one inline SVG element whose title states the finding."""
    frame = frame_of(chart, is_narrow=is_narrow)
    size = "narrow" if is_narrow else "wide"
    parts = [_hatch(chart, size), _ticks(chart, frame), _lanes(chart, frame)]
    parts += [_mark(mark, chart, frame, size) for mark in chart.marks]
    head = f'<svg class="{size}" viewBox="0 0 {frame.width} {frame.height}" role="img" aria-labelledby="{chart.chart_id}-{size}"'
    name = f'<title id="{chart.chart_id}-{size}">{escape(chart.finding)}</title>'
    return f'{head} font-family="Ledger Sans, sans-serif" font-size="{TEXT}">{name}{"".join(parts)}</svg>'


def frame_of(chart: Chart, *, is_narrow: bool = False) -> Frame:
    """Return the frame of a chart at one of the two widths."""
    width = NARROW if is_narrow else WIDE
    if isinstance(chart.y, Axis):
        height = min(300, chart.plane_height) if is_narrow else chart.plane_height
        return Frame(width, height, 64, width - 16, TOP + 14, height - FOOT, is_narrow)
    lane = chart.lane_height + 18 if is_narrow else chart.lane_height
    height = TOP + lane * len(chart.y) + FOOT
    left, right = (8, width - 8) if is_narrow else (chart.label_room, width - chart.value_room)
    return Frame(width, height, left, right, TOP, height - FOOT, is_narrow)


def scale_of(axis: Axis, low_px: float, high_px: float) -> Callable[[float], float]:
    """Return the function from a value to pixels."""
    turn: Callable[[float], float] = math.log10 if axis.kind == "log" else float
    low, high = turn(axis.low), turn(axis.high)
    return lambda value: low_px + (turn(min(max(value, axis.low), axis.high)) - low) / (high - low) * (high_px - low_px)


def _x(chart: Chart, frame: Frame) -> Callable[[float], float]:
    return scale_of(chart.x, frame.left, frame.right)


def _y(chart: Chart, frame: Frame) -> Callable[[float], float]:
    if isinstance(chart.y, Axis):
        return scale_of(chart.y, frame.bottom, frame.top)
    lane = (frame.bottom - frame.top) / max(len(chart.y), 1)

    def place(value: float) -> float:
        number = math.floor(value + 0.5)
        return frame.top + (number + 1) * lane - chart.lane_height * (0.5 - value + number)

    return place


def _lane_px(chart: Chart, frame: Frame) -> float:
    return chart.lane_height if isinstance(chart.y, tuple) else frame.bottom - frame.top


def _hatch(chart: Chart, size: str) -> str:
    lines = f'<path d="M0 6L6 0" stroke="{TONES["muted"]}" stroke-width="1.2"/>'
    pattern = f'<pattern id="hatch-{chart.chart_id}-{size}" width="6" height="6" patternUnits="userSpaceOnUse">{lines}</pattern>'
    return f"<defs>{pattern}</defs>"


def _line(x0: float, y0: float, x1: float, y1: float, tone: str, width: float = 1, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="{TONES[tone]}" stroke-width="{width}"{dashed} fill="none"/>'


def _words(x: float, y: float, text: str, tone: str, anchor: str = "start", extra: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{TONES[tone]}" text-anchor="{anchor}"{extra}>{escape(text)}</text>'


def _ticks(chart: Chart, frame: Frame) -> str:
    place = _x(chart, frame)
    parts = []
    last = -math.inf
    for value, words in chart.x.ticks:
        x = place(value)
        parts.append(_line(x, frame.top, x, frame.bottom, "rule"))
        half = len(words) * LETTER / 2
        if x - half > last:
            anchor = "start" if x - half < 0 else "end" if x + half > frame.width else "middle"
            parts.append(_words(x, frame.bottom + 17, words, "muted", anchor))
            last = x + half + 4
    middle = (frame.left + frame.right) / 2
    parts.append(_words(middle, frame.bottom + 37, chart.x.title, "muted", "middle"))
    if isinstance(chart.y, Axis):
        up = _y(chart, frame)
        for value, words in chart.y.ticks:
            parts.append(_line(frame.left, up(value), frame.right, up(value), "ink" if value == 0 else "rule"))
            parts.append(_words(frame.left - 6, up(value) + 4, words, "muted", "end"))
        parts.append(_words(4, frame.top - 8, chart.y.title, "muted"))
    return "".join(parts)


def _lanes(chart: Chart, frame: Frame) -> str:
    if isinstance(chart.y, Axis):
        return ""
    up = _y(chart, frame)
    return "".join(_lane(lane, up(number), chart, frame) for number, lane in enumerate(chart.y))


def _lane(lane: Lane, y: float, chart: Chart, frame: Frame) -> str:
    room = frame.right - chart.value_room if frame.is_stacked else chart.label_room - 12
    base = y - chart.lane_height / 2 - 1 if frame.is_stacked else y + 4.5
    parts = [
        _line(frame.left, y, frame.right, y, "band"),
        _words(0 if not frame.is_stacked else 4, base, shortened(lane.label, room), "ink"),
    ]
    if lane.value:
        figure = f' class="figure" data-figure="{lane.value.figure_id}"'
        parts.append(_words(frame.width - 2, base, lane.value.printed, "ink", "end", figure))
    elif lane.words:
        parts.append(_words(frame.width - 2, base, lane.words, "muted", "end"))
    return "".join(parts)


def shortened(label: str, room: float) -> str:
    """Return the label, cut with an ellipsis where it would not fit into `room` pixels."""
    letters = int(room / LETTER)
    return label if len(label) <= letters else label[: max(letters - 1, 1)].rstrip() + "…"


def _mark(mark: Mark, chart: Chart, frame: Frame, size: str) -> str:
    x, y = _x(chart, frame), _y(chart, frame)
    match mark:
        case Dot():
            return _shape(mark, x(mark.x), y(mark.y))
        case Box():
            corners = [(x(at), part) for at, part in mark.outline((chart.x.high - chart.x.low) * POINT_PX / (frame.right - frame.left))]
            return _box(mark, corners, y(mark.y), _lane_px(chart, frame), f"hatch-{chart.chart_id}-{size}")
        case Path():
            return _path(mark, [(x(px), y(py)) for px, py in mark.points])
        case Note():
            return _words(x(mark.x) + mark.shift[0], y(mark.y) + mark.shift[1], mark.words, mark.tone, mark.anchor)


def _box(mark: Box, corners: list[tuple[float, float]], y: float, lane: float, hatch: str) -> str:
    height = lane * mark.thickness
    paint = {
        "solid": f'fill="{TONES[mark.tone]}"',
        "hatch": f'fill="url(#{hatch})" stroke="{TONES[mark.tone]}"',
        "light": f'fill="{TONES["paper"]}" stroke="{TONES[mark.tone]}" stroke-dasharray="3 2"',
    }[mark.fill]
    left, right = corners[-1][0], corners[2][0]
    if any(mark.cut):
        way = "L".join(f"{x:.1f} {y + part * height:.1f}" for x, part in corners)
        return f'<path d="M{way}Z" {paint}><title>{escape(mark.words)}</title></path>'
    box = f'x="{left:.1f}" y="{y - height / 2:.1f}" width="{max(right - left, 2.0):.1f}" height="{height:.1f}"'
    return f"<rect {box} {paint}><title>{escape(mark.words)}</title></rect>"


def _path(mark: Path, points: list[tuple[float, float]]) -> str:
    way = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    if mark.is_area:
        return f'<path d="M{way}Z" fill="{TONES[mark.tone]}"/>'
    dash = ' stroke-dasharray="4 3"' if mark.is_dashed else ""
    return f'<path d="M{way}" fill="none" stroke="{TONES[mark.tone]}" stroke-width="{mark.width}"{dash}/>'


def _shape(mark: Dot, x: float, y: float) -> str:
    tone, paper = TONES[mark.tone], TONES["paper"]
    hollow = f'fill="{paper}" stroke="{tone}" stroke-width="2"'
    drawn = {
        "dot": f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{tone}">',
        "ring": f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" {hollow}>',
        "diamond": f'<path d="{_diamond(x, y)}" fill="{tone}">',
        "open-diamond": f'<path d="{_diamond(x, y)}" {hollow}>',
        "square": f'<rect x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" {hollow}>',
        "dash": f'<rect x="{x - 5:.1f}" y="{y - 1:.1f}" width="10" height="2" fill="{tone}">',
        "bar": f'<rect x="{x - 1.25:.1f}" y="{y - 8:.1f}" width="2.5" height="16" fill="{tone}">',
    }[mark.shape]
    closing = drawn[1:].split(" ", 1)[0]
    return f"{drawn}<title>{escape(mark.words)}</title></{closing}>"


def emblem(shape: str, tone: str) -> str:
    """Return a shape alone, as it stands beside a word; `box` and `hatch` are a bar's fill."""
    is_bar = shape in ("box", "hatch")
    drawn = _swatch(shape, tone) if is_bar else _shape(Dot(0, 0, shape, tone, ""), 8, 8)  # type: ignore[arg-type]
    drawn = drawn.replace("<title></title>", "")
    return f'<svg class="emblem" viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">{drawn}</svg>'


def _swatch(fill: str, tone: str) -> str:
    if fill == "box":
        return f'<rect x="1" y="3" width="14" height="10" fill="{TONES[tone]}"/>'
    lines = f'<path d="M1 9L7 3M4 13L14 3M10 13L15 8" stroke="{TONES["muted"]}" stroke-width="1.2"/>'
    return f'<rect x="1" y="3" width="14" height="10" fill="none" stroke="{TONES[tone]}"/>{lines}'


def _diamond(x: float, y: float, reach: float = 6.5) -> str:
    return f"M{x:.1f} {y - reach:.1f}L{x + reach:.1f} {y:.1f}L{x:.1f} {y + reach:.1f}L{x - reach:.1f} {y:.1f}Z"
