"""What a chart says, once: lanes or a plane, and marks on it in the data's own units. `svg` draws it for paper, `interactive` for Plotly.

Titles ask the question the chart answers; `finding` is the alternative text and states the answer. Marks differ in shape and tone, so that
nothing rests on colour. Coordinates are floats: they place ink, and no printed number is taken from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from tasks.model.instants import epoch_us
from tasks.model.zones import calendar_instant, local_wall, zone
from tasks.publish.numbers import Figure

Tone = Literal["ink", "muted", "good", "bad", "doubt", "rule", "band", "paper"]
Shape = Literal["dot", "ring", "diamond", "open-diamond", "square", "dash", "bar"]
Fill = Literal["solid", "hatch", "light"]

TONES: dict[str, str] = {
    "ink": "#1b1d20",
    "muted": "#5a6168",
    "good": "#1d6b60",
    "bad": "#a3172c",
    "doubt": "#835400",
    "rule": "#d3d7db",
    "band": "#e6e9ec",
    "paper": "#ffffff",
    "wash": "#f5f3ef",
    "accent": "#0a4d69",
}


@dataclass(frozen=True)
class Axis:
    """A scale. `time` counts microseconds since 1970 in UTC; `log` is positive. Ticks are (value, words)."""

    kind: Literal["linear", "log", "time"]
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    title: str


@dataclass(frozen=True)
class Lane:
    """One horizontal lane: whose it is, and the number or the words that stand at its right end."""

    label: str
    value: Figure | None = None
    words: str = ""


@dataclass(frozen=True)
class Dot:
    """A point. `y` is a lane's number from 0, or a value of the y axis; `words` is what hovering tells."""

    x: float
    y: float
    shape: Shape
    tone: Tone
    words: str


@dataclass(frozen=True)
class Box:
    """A span of x at `y`, `thickness` of a lane high; `cut` says whether it goes on before its start and after its end: there it points."""

    start: float
    end: float
    y: float
    tone: Tone
    words: str
    fill: Fill = "solid"
    thickness: float = 0.5
    cut: tuple[bool, bool] = (False, False)

    def outline(self, tip: float) -> list[tuple[float, float]]:
        """Return its corners as (x, part of its height from −0.5 to 0.5), a cut end drawn to a point `tip` long (in units of x)."""
        left, right = (tip if cut else 0.0 for cut in self.cut)
        if left + right > self.end - self.start:
            left = right = 0.0
        corners = [(self.start + left, -0.5), (self.end - right, -0.5), (self.end, 0.0), (self.end - right, 0.5)]
        return [*corners, (self.start + left, 0.5), (self.start, 0.0)]


@dataclass(frozen=True)
class Path:
    """A line through points, or an area closed by them."""

    points: tuple[tuple[float, float], ...]
    tone: Tone
    is_area: bool = False
    is_dashed: bool = False
    width: float = 1.5


@dataclass(frozen=True)
class Note:
    """Words set at a point: the direct label that stands in for a legend."""

    x: float
    y: float
    words: str
    tone: Tone = "muted"
    anchor: Literal["start", "middle", "end"] = "start"
    shift: tuple[int, int] = (0, 0)


Mark = Dot | Box | Path | Note


@dataclass(frozen=True)
class Chart:
    """One figure of a page. `y` is a tuple of lanes, or an axis."""

    chart_id: str
    title: str
    finding: str
    x: Axis
    y: tuple[Lane, ...] | Axis
    marks: tuple[Mark, ...] = field(repr=False)
    subtitle: str = ""
    lane_height: int = 26
    label_room: int = 226
    value_room: int = 100
    plane_height: int = 340


STEPS = tuple(timedelta(minutes=n) for n in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 20160, 40320))


def time_axis(start: datetime, end: datetime, zone_name: str, most_ticks: int = 7) -> Axis:
    """Return a time axis with ticks at round wall times of a zone."""
    step = next((step for step in STEPS if (end - start) / step <= most_ticks), STEPS[-1])
    wall = local_wall(zone_name, start).replace(hour=0, minute=0, second=0, microsecond=0)
    last = local_wall(zone_name, end)
    form = "%-d %b" if step >= timedelta(days=1) else "%H:%M"
    ticks: dict[int, str] = {}
    while wall <= last:
        at = calendar_instant(zone_name, wall)
        if start <= at <= end:
            ticks[epoch_us(at)] = wall.strftime(form)
        wall += step
    days = _days(local_wall(zone_name, start), last)
    name = start.astimezone(zone(zone_name)).tzname()
    title = f"{days}, {zone_name}" + (f" ({name})" if name != zone_name else "")
    return Axis("time", epoch_us(start), epoch_us(end), tuple(ticks.items()), title if form == "%H:%M" else zone_name)


def _days(first: datetime, last: datetime) -> str:
    one, other = first.date().isoformat(), last.date().isoformat()
    return one if one == other else f"{one} to {other}"


def nice_steps(high: float, most: int = 5) -> list[float]:
    """Return round values from 0 up to about `high`, in steps of 1, 2 or 5 times a power of ten."""
    if high <= 0:
        return [0.0]
    power = 10.0 ** len(str(int(high / most))) / 10
    step = next(power * factor for factor in (0.1, 0.2, 0.5, 1, 2, 5, 10) if high / (power * factor) <= most)
    return [step * n for n in range(int(high / step) + 1)]
