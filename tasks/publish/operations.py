"""Section 9: is the process working? Times with n and interval, shares of what was due, and how long incidents lasted.

What may be printed of how many observations is the metric's own `publication` (M-08): below five nothing, below twenty median and range.
"""

from __future__ import annotations

from collections.abc import Mapping

from tasks.publish.charts import Axis, Chart, Mark, Note, Path, nice_steps
from tasks.publish.draft import Draft, Row, View
from tasks.publish.metric_words import amount_words
from tasks.publish.numbers import Figure, Sheet, Source
from tasks.publish.words import words

SECTION = "9 Operations"
RULES = {"false_positive_rate": "M-06", "escalation_on_time": "M-11", "review_on_time": "M-12", "runbook_on_time": "M-12"}
TIME_TICKS = ((1, "1 min"), (10, "10 min"), (60, "1 h"), (360, "6 h"), (1440, "1 d"), (10_080, "1 wk"), (43_200, "30 d"), (525_600, "1 y"))
LEAST_MIN = 0.5  # where the bin below a minute is drawn from


def operations(draft: Draft) -> View:
    """Return the view of section 9."""
    sheet = draft.book.sheet(SECTION)
    found = {row["metric_id"]: row for row in _metrics(draft)}
    times = [_time(sheet, name, row) for name in words()["times"] if (row := found.get(name))]
    return {
        "times": times,
        "untimed": [words()["times"][name]["word"] for name in words()["times"] if name not in found],
        "shares": [_share(sheet, name, row) for name in words()["operations"] if (row := found.get(name))],
        "unshared": [label for name, label in words()["operations"].items() if name not in found],
        "is_flagged": any(row["publication"] == "median_range_flagged" for row in found.values()),
        "has_verdicts": any(_trend(sheet, row) for name, row in found.items() if name in words()["times"] or name in words()["operations"]),
        "chart": duration_chart(draft, sheet, found.get("mttr_restore")),
    }


def _metrics(draft: Draft) -> list[Row]:
    """Return the metrics of the whole estate and the run's own period."""
    if not draft.engine.has("measured.metrics"):
        return []
    query = "from measured.metrics where filter::varchar = '{}' and period = $period order by metric_id"
    return list(draft.engine.rows(query, {"period": draft.run.period}))


def _source(row: Row, column: str) -> Source:
    key = {"metric_id": row["metric_id"], "filter": "{}", "period": row["period"]}
    return Source("metrics", key, column, RULES.get(row["metric_id"], "M-01" if row["metric_id"] in words()["times"] else "M-08"))


def _statistic(sheet: Sheet, row: Row, column: str) -> Figure | None:
    if row[column] is None:
        return None
    exact = (int(row["value_num"]), int(row["value_den"])) if column == "value" and row["value_num"] is not None else None
    printed = amount_words(row[column], row["unit"], exact)
    return sheet.statistic(f"{column} of {row['metric_id']}", printed, row[column], row["unit"], _source(row, column))


def _count(sheet: Sheet, row: Row, column: str) -> Figure:
    return sheet.count(f"{column} of {row['metric_id']}", row[column], _source(row, column))


def _shown(row: Row) -> Mapping[str, bool]:
    """Return what of a metric may be printed (M-08); people who could be inferred are never (C-43)."""
    publication = "none" if row["is_suppressed"] else row["publication"]
    return {"middle": publication in ("median_range_flagged", "mean_median_interval"), "all": publication == "mean_median_interval"}


def _why(row: Row) -> str:
    """Return why no value is printed; nothing where one is."""
    if _shown(row)["middle"] and row["value"] is not None:
        return ""
    key = "suppressed" if row["is_suppressed"] else "list_only" if row["publication"] == "list_only" else "none"
    return str(words()["unprinted_metrics"][key])


def _time(sheet: Sheet, name: str, row: Row) -> View:
    shown = _shown(row)
    told = words()["times"][name]
    few = ("median", "smallest", "largest", "median_with_open")
    full = ("value", "low", "high", "median", "median_low", "median_high", "p90", "median_with_open")
    kept = full if shown["all"] else few if shown["middle"] else ()
    columns = {column: _statistic(sheet, row, column) for column in kept}
    return {
        "word": told["word"],
        "anchors": told["anchors"],
        "n": _count(sheet, row, "n"),
        "open": _count(sheet, row, "censored_n"),
        "missing": _count(sheet, row, "missing_n"),
        "why": _why(row),
        "is_flagged": row["publication"] == "median_range_flagged",
        "trend": _trend(sheet, row),
        **{column: columns.get(column) for column in dict.fromkeys((*few, *full))},
    }


def _share(sheet: Sheet, name: str, row: Row) -> View:
    is_shown = _shown(row)["middle"] and row["value"] is not None
    return {
        "label": words()["operations"][name],
        "n": _count(sheet, row, "n"),
        "missing": _count(sheet, row, "missing_n") if row["missing_n"] else None,
        "value": _statistic(sheet, row, "value") if is_shown else None,
        "low": _statistic(sheet, row, "low") if is_shown else None,
        "high": _statistic(sheet, row, "high") if is_shown else None,
        "method": words()["interval_methods"].get(row["interval_method"], ""),
        "why": _why(row),
        "trend": _trend(sheet, row),
    }


def _trend(sheet: Sheet, row: Row) -> list[object]:
    """Return what may be said against the month before: a direction only where the test calls it a change (M-10)."""
    if row["verdict"] in (None, "not_tested") or not _shown(row)["middle"] or row["value"] is None or row["previous_value"] is None:
        return []
    key = row["verdict"] if row["verdict"] != "change" else "change_up" if row["value"] > row["previous_value"] else "change_down"
    said = words()["metric_moves"][key]
    if not _shown(row)["all"]:
        return [said]
    before, after = words()["move_from"].split("{previous}")
    return [f"{said}{before}", _statistic(sheet, row, "previous_value"), after]


def duration_chart(draft: Draft, sheet: Sheet, row: Row | None) -> Chart | None:
    """Return how long incidents lasted until they were restored, in doublings of time, with median and P90; None below five of them."""
    bins = {one["bin"]: one["incidents"] for one in draft.rows("published.restore_bins", "bin")}
    if row is None or not bins or not _shown(row)["middle"]:
        return None
    highest, last = max(bins.values()), max(bins)
    top = max(2.0**last, float(row["p90"] or 0) * 1.2)
    x = Axis("log", LEAST_MIN, top, tuple((float(at), label) for at, label in TIME_TICKS if at <= top), "occurred → restored, log scale")
    rungs = sorted({float(int(rung)) for rung in nice_steps(float(highest))})
    y = Axis("linear", 0, highest * 1.25, tuple((rung, f"{rung:g}") for rung in rungs), "incidents restored")
    marks: list[Mark] = [_bar(number, incidents) for number, incidents in sorted(bins.items())]
    median, p90 = _statistic(sheet, row, "median"), _statistic(sheet, row, "p90") if _shown(row)["all"] else None
    for name, figure in (("median", median), ("P90", p90)):
        if figure is not None:
            marks += _upright(name, figure, min(max(float(row[name.lower()]), LEAST_MIN), top), highest * 1.25, top)
    finding = f"Of {row['n']} incidents restored, half took at most {median.printed}" if median else f"{row['n']} incidents were restored"
    finding += f", nine in ten at most {p90.printed}." if p90 else "."
    subtitle = "Each bar twice as long a time as the one before it."
    return Chart("operations-durations", "How long did it take until service was restored?", finding, x, y, tuple(marks), subtitle)


def _bar(number: int, incidents: int) -> Path:
    low, high = (LEAST_MIN, 1.0) if number == 0 else (2.0 ** (number - 1), 2.0**number)
    left, right = low * 1.03, high / 1.03
    return Path(((left, 0.0), (left, float(incidents)), (right, float(incidents)), (right, 0.0)), "muted", is_area=True)


def _upright(name: str, figure: Figure, x: float, height: float, top: float) -> list[Mark]:
    """Return a line, its words to its left if there is room. The median's stops below the words of the P90, which may reach over it."""
    is_median = name == "median"
    is_left = x > (8 if is_median else top / 4)
    up_to = height * 0.92 if is_median else height
    note = Note(x, up_to, f"{name} {figure.printed}", "ink", "end" if is_left else "start", (-6 if is_left else 6, 12))
    return [Path(((x, 0.0), (x, up_to)), "ink", is_dashed=not is_median, width=2), note]
