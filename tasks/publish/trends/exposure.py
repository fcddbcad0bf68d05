"""Section 1 of the trend report: what failures cost in time and money, quarter by quarter, and which trends are more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tasks.publish.charts import Axis, Box, Chart, Dot, Fill, Lane, Mark, Note, Tone
from tasks.publish.draft import Row, View
from tasks.publish.numbers import UNKNOWN, Figure, Sheet, Source, row_source
from tasks.publish.trends.draft import HEADLINE, Quarter, TrendDraft, count_figure, counted, joined, moved, moved_words, value_parts
from tasks.publish.words import SHORTFALL, listed, words

SECTION = "1 Exposure"
SHOWN = (
    "incidents_per_1000_service_hours",
    "mttd",
    "mttr_restore",
    "recurrence_rate",
    "change_failure_rate",
)
JUDGED = ("met", *SHORTFALL)
MINUTE_US = 60_000_000
FOOT, REACH, LEAST = 0.42, 0.6, 0.02  # of a lane: where bars stand, how high the tallest is, and one of nothing
MOST_CURRENCIES = 4  # as lanes and columns; the table of credits has every one


def exposure(trends: TrendDraft, asks: Sequence[Sequence[Any]]) -> View:
    """Return the view of section 1; `asks` are the decisions that section 8 tells in full."""
    sheet = trends.draft.book.sheet(SECTION)
    rows = [_row(trends, sheet, quarter) for quarter in reversed(trends.quarters)]
    return {
        "lede": _lede(trends, sheet, len(asks)),
        "asks": asks,
        "trends": [_trend(trends, sheet, metric_id) for metric_id in SHOWN if metric_id in trends.titles],
        "chart": exposure_chart(trends, sheet),
        "rows": rows,
        "currencies": trends.currencies[:MOST_CURRENCIES],
        "more_currencies": trends.currencies[MOST_CURRENCIES:],
    }


def _lede(trends: TrendDraft, sheet: Sheet, asks: int) -> list[Any]:
    """Return the quarter in at most sixty words: levels, money, time, what changed, who signs."""
    when = trends.quarter_words()
    judged = [line for line in trends.levels if line["status"] in JUDGED]
    parts: list[Any] = []
    if judged:
        parts += [
            _missed(trends, sheet, trends.now),
            " of ",
            _judged(trends, sheet, trends.now),
            f" service levels were missed in {when}; ",
        ]
    else:
        parts += [f"No service level was judged in {when}; "]
    owed = [
        _owed(trends, sheet, trends.now, currency)
        for currency in trends.currencies
        if owed_amount(_credits(trends, trends.now, currency)) != 0
    ]
    parts += ["contracts owe ", *joined(owed), ". "] if owed else ["contracts owe nothing. "]
    down = trends.metric("downtime")
    if down is not None and down["n"]:
        parts += ["Services were down for ", _downtime(sheet, down), " in ", *counted(_outages(sheet, trends), "outage", "outages"), ". "]
    else:
        parts += ["No outage was seen. "]
    return [*parts, *_changes(trends), _signing(trends, asks)]


def _changes(trends: TrendDraft) -> list[Any]:
    """Say which of the trends on the page are changes; never more than their tests allow."""
    told = [moved(trends.metric(metric_id)).key for metric_id in SHOWN]
    tested = [key for key in told if key != "not_tested"]
    if not tested:
        return ["No trend could be tested. "]
    changed = [metric_id for metric_id, key in zip(SHOWN, told, strict=True) if key in ("worse", "better")]
    if not changed:
        return [f"None of the trends tested against {trends.quarter_words(trends.before)} shows a clear change. "]
    return [f"Clear change since {trends.quarter_words(trends.before)}: {listed([_change(trends, name) for name in changed])}. "]


def _change(trends: TrendDraft, metric_id: str) -> str:
    """Return what changed, and which way: `incidents per 1,000 service-hours (up)`."""
    title = words()["trend_titles"][metric_id]
    time = "time " if title.startswith("From") else ""
    return f"{time}{title[0].lower()}{title[1:]} ({moved_words(trends.metric(metric_id)).partition(',')[0]})"


def _signing(trends: TrendDraft, asks: int) -> str:
    if trends.draft.run.is_preview:
        return "The quarter is not over: nothing can be signed."
    return "Decisions are asked for below." if asks else "No decision is asked for."


def _trend(trends: TrendDraft, sheet: Sheet, metric_id: str) -> View:
    row = trends.metric(metric_id)
    return {
        "title": words()["trend_titles"][metric_id],
        "now": value_parts(sheet, row),
        "n": count_figure(sheet, row) if row else None,
        "before": trends.before_parts(sheet, metric_id),
        "verdict": moved(row),
        "words": moved_words(row),
    }


# ---- the quarters


def _row(trends: TrendDraft, sheet: Sheet, quarter: Quarter) -> View:
    rate, incidents, down = (trends.metric(name, quarter) for name in ("incidents_per_1000_service_hours", "incidents", "downtime"))
    if not quarter.is_told:
        return {"name": trends.quarter_words(quarter), "coverage": "none"}
    judged = any(line["status"] in JUDGED for line in _lines(trends, quarter))
    return {
        "name": trends.quarter_words(quarter),
        "coverage": quarter.coverage,
        "down": _downtime(sheet, down) if down else None,
        "outages": count_figure(sheet, down) if down else None,
        "incidents": count_figure(sheet, incidents) if incidents else None,
        "rate": value_parts(sheet, rate) if rate and quarter.coverage == "whole" else [],
        "verdict": moved(rate),
        "words": moved_words(rate),
        "missed": [_missed(trends, sheet, quarter), " of ", _judged(trends, sheet, quarter)] if judged else ["none judged"],
        "owed": [_owed(trends, sheet, quarter, currency) for currency in trends.currencies[:MOST_CURRENCIES]],
    }


def _lines(trends: TrendDraft, quarter: Quarter) -> list[dict[str, Any]]:
    return [line for line in trends.draft.levels if line["period"] in quarter.periods]


def _downtime(sheet: Sheet, row: Row) -> Figure:
    source = row_source("metrics", row, "value_num", "M-02")
    return sheet.duration(f"downtime, {row['period']}", int(row["value_num"] or 0), source)


def _outages(sheet: Sheet, trends: TrendDraft) -> Figure:
    row = trends.metric("downtime")
    assert row is not None
    return count_figure(sheet, row)


def _of_levels(quarter: Quarter, statuses: Sequence[str]) -> Source:
    key = HEADLINE | {"period": list(quarter.periods), "status": list(statuses)}
    return Source("sla_results", key, "count(distinct result_id)", "R-AV4")


def _missed(trends: TrendDraft, sheet: Sheet, quarter: Quarter) -> Figure:
    missed = [line for line in _lines(trends, quarter) if line["status"] in SHORTFALL]
    return sheet.count(f"service levels missed, {quarter.name}", len(missed), _of_levels(quarter, SHORTFALL))


def _judged(trends: TrendDraft, sheet: Sheet, quarter: Quarter) -> Figure:
    judged = [line for line in _lines(trends, quarter) if line["status"] in JUDGED]
    return sheet.count(f"service levels judged, {quarter.name}", len(judged), _of_levels(quarter, JUDGED))


def _credits(trends: TrendDraft, quarter: Quarter, currency: str) -> list[Row]:
    return [row for row in trends.credits if row["period"] in quarter.periods and row["currency"] == currency]


def owed_amount(rows: Sequence[Row]) -> Decimal | None:
    """Return what is owed by credits; None where one of them is not known."""
    known = [row["payable"] for row in rows if row["payable"] is not None]
    return sum(known, Decimal(0)) if len(known) == len(rows) else None


def _owed(trends: TrendDraft, sheet: Sheet, quarter: Quarter, currency: str) -> Figure:
    key = HEADLINE | {"period": list(quarter.periods), "currency": currency}
    source = Source("credits", key, "case when count(payable) = count(*) then coalesce(sum(payable), 0) end", "R-CR6")
    amount, label = owed_amount(_credits(trends, quarter, currency)), f"owed, {quarter.name}, {currency}"
    if amount is None:
        return sheet.quoted(label, f"{currency} {UNKNOWN}", None, source, currency)
    return sheet.money(label, amount, currency, source)


# ---- the chart


def exposure_chart(trends: TrendDraft, sheet: Sheet) -> Chart | None:
    """Return time and money lost by quarter: a lane each, every lane on a scale of its own; None if nothing is on record."""
    if not trends.told:
        return None
    drawn = [("Downtime", [_down_of(trends, sheet, quarter) for quarter in trends.quarters])]
    for currency in trends.currencies[:MOST_CURRENCIES]:
        owed = [_owed(trends, sheet, quarter, currency) if quarter.is_told else None for quarter in trends.quarters]
        drawn.append((f"Owed by contracts, {currency}", owed))
    marks: list[Mark] = []
    for number, (label, figures) in enumerate(drawn):
        marks += _bars(trends, number, label, figures)
    shown = tuple(Lane(label, figures[-1]) for label, figures in drawn)
    finding = "; ".join(f"{label}: {figures[-1] or 'no data'} in {trends.quarter_words()}" for label, figures in drawn)
    return Chart(
        "trend-exposure",
        "What did failures cost in time and money?",
        f"{finding}. These are amounts: no trend is read into them.",
        quarter_axis(trends),
        shown,
        tuple(marks),
        f"Dark: {trends.quarter_words()}, its value at the right. Each lane has its own scale. Hatched: known in part; dash: no data.",
        58,
        176,
        122,
    )


def _down_of(trends: TrendDraft, sheet: Sheet, quarter: Quarter) -> Figure | None:
    row = trends.metric("downtime", quarter)
    return _downtime(sheet, row) if row else None


def quarter_axis(trends: TrendDraft) -> Axis:
    """Return the axis on which quarter number n lies between n and n + 1."""
    ticks = tuple((place + 0.5, trends.quarter_words(quarter)) for place, quarter in enumerate(trends.quarters))
    return Axis("linear", 0, len(trends.quarters), ticks, "")


def _bars(trends: TrendDraft, number: int, label: str, figures: Sequence[Figure | None]) -> list[Mark]:
    """Return one lane of bars, the last one dark, the tallest labelled; hatched: known in part; a dash: not known."""
    heights = [None if figure is None or figure.exact is None else float(Decimal(figure.exact)) for figure in figures]
    most = max((height for height in heights if height is not None), default=0.0)
    marks: list[Mark] = []
    for place, (quarter, figure, height) in enumerate(zip(trends.quarters, figures, heights, strict=True)):
        said = f"{trends.quarter_words(quarter)}, {label}: {figure.printed if figure else 'no data'}"
        if height is None:
            marks.append(Dot(place + 0.5, number + FOOT - 0.03, "dash", "muted", said))
            continue
        tall = max(REACH * height / most if most else 0.0, LEAST)
        tone: Tone = "ink" if quarter is trends.now else "rule"
        fill: Fill = "hatch" if quarter.coverage == "part" else "solid"
        marks.append(Box(place + 0.14, place + 0.86, number + FOOT - tall / 2, tone, said, fill, tall))
    tallest = heights.index(most) if most else len(figures) - 1
    if (figure := figures[tallest]) and tallest < len(figures) - 1:  # the last one stands at the right
        note = Note(tallest + 0.5, number + FOOT - REACH, figure.printed, "muted", "middle", (0, -4))
        marks.append(note if tallest else replace(note, x=0.14, anchor="start"))
    return marks
