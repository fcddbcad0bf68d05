"""What may be said of a metric: its publication words by sample size, and its move by test, never by eye (M-08, M-10)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tasks.publish.numbers import floored_percent
from tasks.publish.words import words

Row = Mapping[str, Any]
DURATIONS = ("min", "h")
ALL = "{}"


def metric_words(row: Row) -> str:
    """Return what may be printed of a row of table metrics: value, n, interval, what is open, left out or missing, and how it moved.

    Nothing is printed of a metric of people's work that so few share that it tells of one; no mean without its median, and no figure
    below the least n. A move is only called one if the test of its row called it so.
    """
    if row["is_suppressed"]:
        return words()["metric_words"]["suppressed"].format(n=row["n"])
    return "; ".join(part for part in (_value(row), *_around(row), _move(row)) if part)


def amount_words(value: Decimal | None, unit: str, exact: tuple[int, int] | None = None) -> str:
    """Return a value with its unit: times with one decimal, shares as floored percent, counts whole, rates with three decimals."""
    if value is None:
        return words()["metric_words"]["none"]
    if unit == "share":
        num, den = exact or (int(value * 10**6), 10**6)
        return f"{floored_percent(num, den)} %"
    places = {"min": "0.1", "h": "0.1", "count": "1"}.get(unit, "0.001")
    number = value.quantize(Decimal(places), ROUND_HALF_UP)
    return f"{number:,} {words()['metric_units'][unit]}".rstrip()


def filter_words(filter_text: str) -> str:
    """Return `service shop` for `{"service_id":"shop"}`, and `all` for `{}`."""
    names = {"service_id": "service", "provider_id": "provider", "rule_id": "rule"}
    return ", ".join(f"{names.get(key, key)} {value}" for key, value in json.loads(filter_text).items()) or "all"


def metric_lines(rows: Iterable[Row], titles: Mapping[str, str]) -> list[str]:
    """Return one line per row under the name of what it is of; metrics without any observation are left out."""
    lines, last, order = [], None, list(titles)
    for row in sorted(rows, key=lambda row: (row["filter"] != ALL, row["filter"], order.index(row["metric_id"]))):
        if row["publication"] == "none" and not row["missing_n"] and not row["censored_n"]:
            continue
        if row["filter"] != last:
            last = row["filter"]
            lines.append(f"{filter_words(last)}, {row['period']}:")
        lines.append(f"  {titles[row['metric_id']]}: {metric_words(row)}")
    return lines


def _value(row: Row) -> str:
    texts, unit, n = words()["metric_words"], row["unit"], row["n"]
    if row["publication"] == "none":
        return str(texts["none"])
    if row["publication"] == "list_only":
        return str(texts["list_only"]).format(n=n)
    if row["median"] is not None:
        few = row["publication"] == "median_range_flagged"
        parts = {name: amount_words(row[name], unit) for name in ("median", "smallest", "largest", "mean", "p90")}
        return str(texts["few_times" if few else "times"]).format(n=n, interval=_interval(row), **parts)
    exact = (int(row["value_num"]), int(row["value_den"])) if row["value_num"] is not None else None
    few = row["publication"] == "median_range_flagged"
    kind = unit if unit in ("correlation", "count") else "few" if few else "plain"
    return str(texts[kind]).format(value=amount_words(row["value"], unit, exact), n=n, interval=_interval(row))


def _interval(row: Row) -> str:
    if row["low"] is None or row["high"] is None:
        return ""
    low, high = (amount_words(row[name], row["unit"]).split(" ")[0] for name in ("low", "high"))
    return str(words()["metric_words"]["interval"]).format(low=low, high=high, how=words()["interval_methods"][row["interval_method"]])


def _around(row: Row) -> list[str]:
    """Return what stands beside the value: open ones, what has no anchor, what was left out and the value with it."""
    texts, found = words()["metric_words"], []
    if row["censored_n"]:
        median = row["median_with_open"]
        is_told = row["publication"] not in ("none", "list_only")
        middle = str(texts["median_with_open"]).format(median=amount_words(median, row["unit"])) if median is not None and is_told else ""
        found.append(str(texts["open"]).format(n=row["censored_n"]) + middle)
    if row["missing_n"]:
        key = "missing_times" if row["unit"] in DURATIONS else "missing"
        found.append(str(texts[key]).format(n=row["missing_n"]))
    if row["excluded_n"]:
        found.append(str(texts["excluded"]).format(n=row["excluded_n"], value=amount_words(row["value_all"], row["unit"])))
    return found


def _move(row: Row) -> str:
    """Return how a value moved: a direction only where the verdict is a change, and of few times no mean."""
    if (
        row["verdict"] == "not_tested"
        or row["publication"] in ("none", "list_only")
        or row["previous_value"] is None
        or row["value"] is None
    ):
        return ""
    key = row["verdict"] if row["verdict"] != "change" else "change_up" if row["value"] > row["previous_value"] else "change_down"
    is_mean_of_few = row["median"] is not None and row["publication"] == "median_range_flagged"
    before = "" if is_mean_of_few else str(words()["move_from"]).format(previous=amount_words(row["previous_value"], row["unit"]))
    return str(words()["metric_moves"][key]) + before
