"""Section 4 of the trend report: rates over exposure, through the quarters and across the estate; never a league table (M-09, M-10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tasks.publish.charts import Axis, Chart, Dot, Mark, Note, Path, Shape, Tone, nice_steps
from tasks.publish.draft import Row, View
from tasks.publish.numbers import Figure, Sheet, Source, row_source
from tasks.publish.trends.draft import TrendDraft, filter_value, metric_figure, moved_words
from tasks.publish.trends.exposure import quarter_axis
from tasks.publish.words import listed, verdict

SECTION = "4 Normalised comparison"
RATE = "incidents_per_1000_service_hours"
SHAPES: dict[str, Shape] = {"service": "dot", "provider": "diamond", "team": "square"}
OUTSIDE = ("above_998", "above_95", "below_95", "below_998")
LEAST_POINTS = 3  # services: fewer are no comparison
MOST_NAMED, MOST_ROWS = 6, 12


def comparison(trends: TrendDraft) -> View:
    """Return the view of section 4."""
    sheet = trends.draft.book.sheet(SECTION)
    sql = "from measured.metric_funnel where period = $period and metric_id = $metric order by exposure, dimension, filter::varchar"
    points = trends.draft.engine.rows(sql, {"period": trends.now.name, "metric": RATE}) if trends.now.is_told else []
    services = [row for row in points if row["dimension"] == "service"]
    outside = [row for kind in OUTSIDE for row in points if row["standing"] == kind]
    is_compared = len(services) >= LEAST_POINTS and any(row["incidents"] for row in services)
    return {
        "chart": rate_chart(trends, sheet),
        "funnel": funnel_chart(trends, points) if is_compared else None,
        "is_compared": is_compared,
        "services": _count_of(trends, sheet, "services compared", len(services), {}),
        "inside": _count_of(
            trends,
            sheet,
            "services within what chance explains",
            sum(row["standing"] == "inside" for row in services),
            {"standing": "inside"},
        ),
        "rows": [_row(trends, sheet, row) for row in outside[:MOST_ROWS]] if is_compared else [],
        "more": max(len(outside) - MOST_ROWS, 0),
        "words": moved_words(trends.metric(RATE)),
    }


def _count_of(trends: TrendDraft, sheet: Sheet, label: str, count: int, key: dict[str, Any]) -> Figure:
    source = Source("metric_funnel", {"metric_id": RATE, "period": trends.now.name, "dimension": "service"} | key, "count(*)", "M-09")
    return sheet.count(label, count, source)


def _name(trends: TrendDraft, row: Row) -> str:
    name = filter_value(row["filter"])
    return trends.service(name) if row["dimension"] == "service" else name


def _row(trends: TrendDraft, sheet: Sheet, row: Row) -> View:
    def figure(column: str, places: str) -> Figure:
        label = f"{column.replace('_', ' ')}, {row['dimension']} {filter_value(row['filter'])}"
        return sheet.quoted(
            label, f"{row[column]:{places}}", str(row[column]), row_source("metric_funnel", row, column, "M-09"), row["exposure_unit"]
        )

    return {
        "name": _name(trends, row),
        "dimension": row["dimension"],
        "incidents": sheet.count(
            f"incidents, {row['dimension']} {filter_value(row['filter'])}",
            row["incidents"],
            row_source("metric_funnel", row, "incidents", "M-09"),
        ),
        "expected": figure("expected", ",.1f"),
        "exposure": figure("exposure", ",.0f"),
        "rate": figure("rate", ",.2f"),
        "low": figure("low_95", ",.2f"),
        "high": figure("high_95", ",.2f"),
        "verdict": verdict(row["standing"], "funnel_standings"),
    }


# ---- through the quarters


def rate_chart(trends: TrendDraft, sheet: Sheet) -> Chart | None:
    """Return the rate of incidents of each quarter with its interval; None if nothing is on record."""
    whole = [(place, quarter) for place, quarter in enumerate(trends.quarters) if quarter.coverage == "whole"]
    rows = [(place, trends.metric(RATE, quarter)) for place, quarter in whole]
    told = [(place, row) for place, row in rows if row and row["value"] is not None and row["high"] is not None]
    if not told:
        return None
    high = max(float(row["high"]) for _, row in told) * 1.12
    marks: list[Mark] = []
    for place, row in told:
        is_now = place == len(trends.quarters) - 1
        tone: Tone = "ink" if is_now else "muted"
        x = place + 0.5
        figures = [metric_figure(sheet, row, column, is_bare=True).printed for column in ("value", "low", "high")]
        marks.append(Path(((x, float(row["low"])), (x, float(row["high"]))), tone, width=2.5 if is_now else 1.5))
        interval = f"95 % interval {figures[1]} to {figures[2]}"
        said = f"{trends.quarter_words(trends.quarters[place])}: {figures[0]} per 1,000 service-hours, {interval}"
        marks.append(Dot(x, float(row["value"]), "dot" if is_now else "ring", tone, said))
    drawn = {place for place, _ in told}
    for place, quarter in enumerate(trends.quarters):
        if place not in drawn:
            marks.append(Dot(place + 0.5, high * 0.02, "dash", "muted", f"{trends.quarter_words(quarter)}: not wholly on record"))
    verdict_words = moved_words(trends.metric(RATE))
    steps = nice_steps(high)
    axis = Axis("linear", 0, max(high, steps[-1]), tuple((step, f"{step:g}") for step in steps), "incidents per 1,000 service-hours")
    finding = f"{trends.quarter_words()} against the quarter before: {verdict_words}."
    subtitle = f"Bars: 95 % Poisson intervals. Dash: not wholly on record. Against the quarter before: {verdict_words}."
    return Chart(
        "trend-rate",
        "Do incidents come more often than before?",
        finding,
        quarter_axis(trends),
        axis,
        tuple(marks),
        subtitle,
        plane_height=236,
    )


# ---- across the estate


def funnel_chart(trends: TrendDraft, points: Sequence[Row]) -> Chart:
    """Return the funnel: each service, provider and team at its exposure, between the limits of what chance explains at the common rate."""
    low, high = (float(points[place]["exposure"]) * factor for place, factor in ((0, 0.8), (-1, 1.25)))
    top = max(max(float(row["rate"]), float(row["high_998"])) for row in points) * 1.08
    limits = {float(row["exposure"]): row for row in points}
    places = [(low, limits[min(limits)]), *sorted(limits.items()), (high, limits[max(limits)])]
    mean = float(points[0]["organisation_rate"])
    marks: list[Mark] = [
        _band(places, "998", "band"),
        _band(places, "95", "rule"),
        Path(((low, mean), (high, mean)), "ink", is_dashed=True),
        Note(high, mean, "all together", "ink", "end", (-4, 15)),
    ]
    for (exposure, rate, dimension), own in sorted(_stacked(points).items()):
        is_out = own[0]["standing"] != "inside"
        names = ", ".join(_name(trends, row) for row in own[:8]) + (" and others" if len(own) > 8 else "")
        said = f"{names} ({dimension}): {rate:.2f} per 1,000 service-hours, {verdict(own[0]['standing'], 'funnel_standings').word}"
        tone: Tone = (
            "bad" if own[0]["standing"] == "above_998" else "doubt" if own[0]["standing"] == "above_95" else "good" if is_out else "muted"
        )
        marks.append(Dot(exposure, rate, SHAPES[dimension], tone, said))
    marks += _labels(trends, points, high, top)
    outside = [row for row in points if row["standing"] != "inside"]
    finding = f"{len(outside)} of {len(points)} services, providers and teams lie outside the 95 % limits of chance" + (
        f": {', '.join(_name(trends, row) for row in outside[:MOST_NAMED])}." if outside else "."
    )
    ticks = [step for step in _powers(low, high) if low <= step <= high]
    x = Axis("log", low, high, tuple((step, f"{step:,.0f}") for step in ticks), "service-hours in the quarter (log scale)")
    steps = nice_steps(top)
    y = Axis("linear", 0, max(top, steps[-1]), tuple((step, f"{step:g}") for step in steps), "incidents per 1,000 service-hours")
    subtitle = "Inside the funnel chance alone explains all: inner 95 %, outer 99.8 % limits (Poisson). Named: what lies outside."
    return Chart("trend-funnel", "Who has more incidents than chance explains?", finding, x, y, tuple(marks), subtitle, plane_height=310)


def _band(places: Sequence[tuple[float, Row]], level: str, tone: Tone) -> Path:
    upper = [(exposure, float(row[f"high_{level}"])) for exposure, row in places]
    lower = [(exposure, float(row[f"low_{level}"])) for exposure, row in reversed(places)]
    return Path((*upper, *lower), tone, is_area=True)


def _stacked(points: Sequence[Row]) -> dict[tuple[float, float, str], list[Row]]:
    """Return points by place: services of one exposure and rate are one mark that names them all."""
    stacks: dict[tuple[float, float, str], list[Row]] = {}
    for row in points:
        stacks.setdefault((float(row["exposure"]), float(row["rate"]), row["dimension"]), []).append(row)
    return stacks


def _labels(trends: TrendDraft, points: Sequence[Row], high: float, top: float) -> list[Mark]:
    """Name the points outside, the farthest first, and leave out a name that would lie on another."""
    outside = sorted((row for kind in OUTSIDE for row in points if row["standing"] == kind), key=lambda row: OUTSIDE.index(row["standing"]))
    taken: list[float] = []
    marks: list[Mark] = []
    for row in outside[:MOST_NAMED]:
        own = [other for other in outside if other["dimension"] == row["dimension"]]
        rate = float(row["rate"])
        if all(abs(rate - other) > top / 18 for other in taken):
            taken.append(rate)
            is_late = float(row["exposure"]) > high / 2.5
            names = listed([_name(trends, other) for other in own if (other["exposure"], other["rate"]) == (row["exposure"], row["rate"])])
            marks.append(Note(float(row["exposure"]), rate, names, "ink", "end" if is_late else "start", (-9 if is_late else 9, 4)))
    return marks


def _powers(low: float, high: float) -> list[float]:
    """Return round values between two exposures: 1, 2 and 5 times powers of ten."""
    return [factor * 10.0**power for power in range(-2, 9) for factor in (1, 2, 5) if low <= factor * 10.0**power <= high]
