"""Sections 5 and 6 of the trend report: how fast failures are found and mended, and what changes have to do with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tasks.model.instants import epoch_us
from tasks.publish.charts import Axis, Box, Chart, Dot, Lane, Mark, Note, Path, Tone, time_axis
from tasks.publish.draft import Row, View
from tasks.publish.numbers import Figure, Sheet, Source, row_source
from tasks.publish.trends.draft import (
    UNTESTED,
    TrendDraft,
    count_figure,
    counted,
    interval_parts,
    metric_figure,
    moved,
    moved_words,
    value_parts,
)
from tasks.publish.trends.exposure import FOOT, LEAST, REACH
from tasks.publish.words import words

TIMES, CHANGES = "5 Detection and recovery", "6 Changes"
DURATIONS = ("mttd", "mtta", "mttm", "detect_to_restore", "mttr_restore", "mttr_resolve")
SHARES = ("change_confirmed_share", "change_candidate_share", "change_failure_rate", "incidents_per_100_deployments")
ALL = "{}"
WEEK = timedelta(days=7)
MINUTE_TICKS = (
    (0.1, "6 s"),
    (1, "1 min"),
    (10, "10 min"),
    (60, "1 h"),
    (600, "10 h"),
    (1440, "1 day"),
    (14400, "10 days"),
    (144000, "100 days"),
)


# ---- section 5


def recovery(trends: TrendDraft) -> View:
    """Return the view of section 5: no mean without median, n and interval."""
    sheet = trends.draft.book.sheet(TIMES)
    shown = [name for name in DURATIONS if name in trends.titles]
    return {
        "rows": [_time_row(trends, sheet, name) for name in shown],
        "chart": times_chart(trends, sheet, [name for name in shown if _is_drawn(trends.metric(name))]),
    }


def _time_row(trends: TrendDraft, sheet: Sheet, metric_id: str) -> View:
    row, before = trends.metric(metric_id), trends.metric(metric_id, trends.before)
    is_drawn = _is_drawn(row)
    is_full = is_drawn and row is not None and row["publication"] == "mean_median_interval"
    return {
        "title": words()["trend_titles"][metric_id],
        "n": count_figure(sheet, row) if row else None,
        "median": _median(sheet, row, is_full=is_full) if is_drawn and row else value_parts(sheet, row),
        "range": [metric_figure(sheet, row, "smallest"), " to ", metric_figure(sheet, row, "largest")]
        if is_drawn and not is_full and row
        else [],
        "p90": metric_figure(sheet, row, "p90") if is_full and row else None,
        "mean": _with_interval(sheet, row, "value", "low", "high") if is_full and row else [],
        "open": count_figure(sheet, row, "censored_n") if row and row["censored_n"] else None,
        "missing": count_figure(sheet, row, "missing_n") if row and row["missing_n"] else None,
        "before": [metric_figure(sheet, before, "median"), ", n\u00a0=\u00a0", count_figure(sheet, before)]
        if before and _is_drawn(before)
        else ["no figure"],
        "verdict": moved(row),
        "words": moved_words(row),
    }


def _median(sheet: Sheet, row: Row, *, is_full: bool) -> list[Any]:
    return _with_interval(sheet, row, "median", "median_low", "median_high") if is_full else [metric_figure(sheet, row, "median")]


def _is_drawn(row: Row | None) -> bool:
    """Tell whether a median may be printed."""
    return row is not None and row["publication"] not in UNTESTED and not row["is_suppressed"] and row["median"] is not None


def _with_interval(sheet: Sheet, row: Row, column: str, low: str, high: str) -> list[Any]:
    parts = interval_parts(sheet, row, low, high)
    return [metric_figure(sheet, row, column), *([" ", *parts] if parts else [])]


def times_chart(trends: TrendDraft, sheet: Sheet, shown: Sequence[str]) -> Chart | None:
    """Return medians with their intervals, of this quarter and the one before; None where n allows no median at all."""
    if not shown:
        return None
    marks: list[Mark] = []
    lanes, reached = [], []
    for number, metric_id in enumerate(shown):
        row, before = trends.metric(metric_id), trends.metric(metric_id, trends.before)
        for one, shift, is_now in ((row, -0.14, True), (before, 0.2, False)):
            if one is not None and _is_drawn(one):
                marks += _time_marks(trends, sheet, one, number + shift, is_now=is_now)
                reached += [float(one[name]) for name in _ends(one) if one[name] is not None]
        lanes.append(
            Lane(words()["trend_titles"][metric_id], None, moved_words(row).removeprefix("not compared: ").replace(" a change", ""))
        )
    low, high = max(min(reached) * 0.7, 0.05), max(max(reached) * 1.4, 0.2)
    ticks = tuple((value, text) for value, text in MINUTE_TICKS if low <= value <= high)
    finding = "; ".join(f"{words()['trend_titles'][name]}: {moved_words(trends.metric(name))}" for name in shown) + "."
    which = f"Dark: {trends.quarter_words()}; light: {trends.quarter_words(trends.before)}."
    subtitle = f"{which} Dot: median, bar: its 95 % interval; under 20 incidents, from the shortest to the longest."
    axis = Axis("log", low, high, ticks, "length (log scale)")
    return Chart("trend-times", "Are failures found and mended faster?", finding, axis, tuple(lanes), tuple(marks), subtitle, 30, 216, 122)


def _ends(row: Row) -> tuple[str, str]:
    return (
        ("median_low", "median_high")
        if row["publication"] == "mean_median_interval" and row["median_low"] is not None
        else ("smallest", "largest")
    )


def _time_marks(trends: TrendDraft, sheet: Sheet, row: Row, y: float, *, is_now: bool) -> list[Mark]:
    low, high = (max(float(row[name] or 0), 0.05) for name in _ends(row))
    median = max(float(row["median"]), 0.05)
    printed = metric_figure(sheet, row, "median").printed
    said = f"{words()['trend_titles'][row['metric_id']]}, {row['period']}: median {printed}, n = {row['n']}"
    tone: Tone = "ink" if is_now else "muted"
    return [
        Path(((low, y), (high, y)), tone, width=3 if is_now else 1.5),
        Dot(median, y, "dot" if is_now else "ring", tone, said),
    ]


# ---- section 6


def change_related(trends: TrendDraft) -> View:
    """Return the view of section 6: shares with intervals, and weeks of deployments beside weeks of incidents."""
    sheet = trends.draft.book.sheet(CHANGES)
    weeks = trends.draft.engine.rows(
        "from measured.weekly_activity where period = $period and filter::varchar = '{}' order by start_at", {"period": trends.now.name}
    )
    weeks = weeks if trends.now.is_told else []
    has_deployments = any(week["deployments"] for week in weeks)
    return {
        "rows": [_share_row(trends, sheet, name) for name in SHARES if name in trends.titles],
        "chart": weeks_chart(trends, sheet, weeks) if has_deployments else None,
        "correlation": _correlation(trends, sheet) if has_deployments else [],
        "exposure": _exposure(trends, sheet) if has_deployments else [],
        "has_deployments": has_deployments,
    }


def _share_row(trends: TrendDraft, sheet: Sheet, metric_id: str) -> View:
    row = trends.metric(metric_id)
    return {
        "title": words()["trend_titles"][metric_id],
        "now": value_parts(sheet, row),
        "n": count_figure(sheet, row) if row else None,
        "missing": count_figure(sheet, row, "missing_n") if row and row["missing_n"] else None,
        "before": trends.before_parts(sheet, metric_id),
        "verdict": moved(row),
        "words": moved_words(row),
    }


def weeks_chart(trends: TrendDraft, sheet: Sheet, weeks: Sequence[Row]) -> Chart:
    """Return deployments and incidents of each week, a lane each on a scale of its own."""
    run = trends.draft.run
    marks: list[Mark] = []
    lanes = []
    for number, (column, label) in enumerate((("deployments", "Deployments"), ("incidents", "Incidents"))):
        most = max(week[column] for week in weeks) or 1
        for week in weeks:
            start, end = week["start_at"], week["start_at"] + WEEK
            share = REACH * week[column] / most
            said = f"week from {start.date().isoformat()}: {week[column]} {column}"
            room = (epoch_us(end) - epoch_us(start)) * 0.1
            marks.append(
                Box(
                    epoch_us(start) + room,
                    epoch_us(end) - room,
                    number + FOOT - max(share, LEAST) / 2,
                    "muted" if number == 0 else "ink",
                    said,
                    "solid",
                    max(share, LEAST),
                )
            )
        tallest = next(week for week in weeks if week[column] == most) if any(week[column] for week in weeks) else None
        if tallest:
            middle = epoch_us(tallest["start_at"] + WEEK / 2)
            marks.append(Note(middle, number + FOOT - REACH, _weekly(sheet, tallest, column).printed, "muted", "middle", (0, -4)))
        lanes.append(Lane(label, _total(trends, sheet, weeks, column)))
    axis = time_axis(run.start_at, run.end_at, run.display_timezone, 7)
    finding = f"{lanes[0].value} deployments and {lanes[1].value} incidents in {len(weeks)} weeks."
    subtitle = "One bar a whole week from the first day; each lane has its own scale, its tallest week a label. At the right: all weeks."
    return Chart(
        "trend-weeks", "Do busy weeks of change go with incidents?", finding, axis, tuple(lanes), tuple(marks), subtitle, 64, 120, 70
    )


def _weekly(sheet: Sheet, week: Row, column: str) -> Figure:
    return sheet.count(
        f"{column}, week from {week['start_at'].isoformat()}", week[column], row_source("weekly_activity", week, column, "M-15")
    )


def _total(trends: TrendDraft, sheet: Sheet, weeks: Sequence[Row], column: str) -> Figure:
    source = Source("weekly_activity", {"period": trends.now.name, "filter": ALL}, f"sum({column})::bigint", "M-15")
    return sheet.count(f"{column} in whole weeks", sum(week[column] for week in weeks), source)


def _correlation(trends: TrendDraft, sheet: Sheet) -> list[Any]:
    """Say how weeks go together; always association, not cause (M-15)."""
    rows = trends.draft.engine.rows(
        "from measured.deployment_lags where period = $period and filter::varchar = '{}' and lag = 0", {"period": trends.now.name}
    )
    if not rows or rows[0]["rho"] is None or rows[0]["low"] is None:
        return ["Weekly deployments and incidents cannot be correlated: too few weeks, or one side never varies."]
    row = rows[0]
    rho, low, high = (
        sheet.quoted(
            f"{name} of the correlation of the same week",
            f"{row[column]:.2f}".replace("-", "−"),
            str(row[column]),
            row_source("deployment_lags", row, column, "M-15"),
            "correlation",
        )
        for name, column in (("value", "rho"), ("lower bound", "low"), ("upper bound", "high"))
    )
    is_clear = row["low"] > 0 or row["high"] < 0
    said = (
        "Weeks with more deployments had " + ("more" if row["rho"] > 0 else "fewer") + " incidents"
        if is_clear
        else "No clear association of a week's deployments with its incidents"
    )
    return [
        f"{said}: rank correlation ",
        rho,
        " [",
        low,
        " to ",
        high,
        "] over ",
        sheet.count("weeks correlated", row["weeks"], row_source("deployment_lags", row, "weeks", "M-15")),
        " weeks. Association, not cause.",
    ]


def _exposure(trends: TrendDraft, sheet: Sheet) -> list[Any]:
    """Say how the rate around deployments compares with other times."""
    rows = trends.draft.engine.rows(
        "from measured.deployment_exposure where period = $period and filter::varchar = '{}'", {"period": trends.now.name}
    )
    if not rows or rows[0]["rate_ratio"] is None or rows[0]["low"] is None or rows[0]["high"] is None:
        return []
    row = rows[0]
    ratio, low, high = (
        sheet.quoted(
            f"{name} of the rate ratio",
            f"{row[column]:.2f}",
            str(row[column]),
            row_source("deployment_exposure", row, column, "M-15"),
            "ratio",
        )
        for name, column in (("value", "rate_ratio"), ("lower bound", "low"), ("upper bound", "high"))
    )
    is_clear = row["low"] > 1 or row["high"] < 1
    lead = (
        ("Around deployments incidents come " + ("more often" if row["rate_ratio"] > 1 else "less often"))
        if is_clear
        else "No clear difference between the hours around deployments and other times"
    )
    around = sheet.count(
        "incidents around deployments", row["incidents_in"], row_source("deployment_exposure", row, "incidents_in", "M-15")
    )
    return [
        f"{lead}: ",
        ratio,
        " times their rate at other times [",
        low,
        " to ",
        high,
        "], ",
        *counted(around, "incident", "incidents"),
        " while or soon after a service was deployed to. Association, not cause.",
    ]
