"""What every section of the trend report is written from: quarters, metrics of the whole estate, and what may be said of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from tasks.model.period import Period
from tasks.model.span import QUARTERS_SHOWN
from tasks.publish.draft import Draft, Row, grouped
from tasks.publish.metric_words import amount_words
from tasks.publish.numbers import Figure, Sheet, floored_percent, row_source
from tasks.publish.words import Verdict, period_words, verdict, words

Coverage = Literal["whole", "part", "none"]  # how much of a quarter the records cover
ALL = "{}"
HEADLINE = {"variant": "headline", "reading": "default"}
RISING_IS_GOOD = ("sla_attainment", "response_attainment", "restore_attainment", "resolve_attainment", "cause_key_coverage", "availability")
UNTESTED = ("none", "list_only")


@dataclass(frozen=True)
class Quarter:
    """One quarter of the report; `periods` are the names that windows of it go by: its months and its own."""

    name: str
    periods: tuple[str, ...]
    coverage: Coverage

    @property
    def is_told(self) -> bool:
        """Tell whether anything is on record of it."""
        return self.coverage != "none"


def quarters_of(period: str, coverage: Mapping[str, Coverage]) -> list[Quarter]:
    """Return the quarters that a report shows, oldest first; `coverage` by quarter, "none" where it names none."""
    shown = [Period.parse(period)]
    while len(shown) < QUARTERS_SHOWN:
        shown.append(shown[-1].previous())
    return [
        Quarter(one.name, (*(month.name for month in one.months()), one.name), coverage.get(one.name, "none")) for one in reversed(shown)
    ]


@dataclass
class TrendDraft:
    """A report being written. `quarters` are oldest first; the last one is the report's own."""

    draft: Draft
    quarters: Sequence[Quarter]

    @property
    def now(self) -> Quarter:
        """The report's own quarter."""
        return self.quarters[-1]

    @property
    def before(self) -> Quarter:
        """The quarter that it is compared with."""
        return self.quarters[-2]

    @property
    def told(self) -> list[Quarter]:
        """The quarters that records speak of."""
        return [quarter for quarter in self.quarters if quarter.is_told]

    @cached_property
    def _metrics(self) -> dict[tuple[str, str], Row]:
        rows = self.draft.engine.rows(f"from measured.metrics where filter::varchar = '{ALL}' order by metric_id, period")
        return {(row["metric_id"], row["period"]): row for row in rows}

    @cached_property
    def titles(self) -> dict[str, str]:
        """What each metric that may be printed is called, by its id."""
        rows = self.draft.engine.rows("from measured.metric_catalogue where standing <> 'retired' order by metric_id")
        return {row["metric_id"]: row["title"] for row in rows}

    def metric(self, metric_id: str, quarter: Quarter | None = None) -> Row | None:
        """Return a metric of the whole estate in a quarter that records speak of; None of one that is retired."""
        quarter = quarter or self.now
        return self._metrics.get((metric_id, quarter.name)) if quarter.is_told and metric_id in self.titles else None

    @cached_property
    def credits(self) -> Sequence[Row]:
        """What contracts owe in the headline, in every quarter shown; points without money left out."""
        periods = [period for quarter in self.quarters for period in quarter.periods]
        rows = self.draft.engine.rows("from measured.credits order by credit_id")
        return [
            row for row in rows if row["period"] in periods and row["currency"] and all(row[name] == HEADLINE[name] for name in HEADLINE)
        ]

    @cached_property
    def currencies(self) -> list[str]:
        """The currencies that anything was owed in, in the quarters shown."""
        return sorted({row["currency"] for row in self.credits if row["payable"] != 0})

    @cached_property
    def claims(self) -> Sequence[Row]:
        """The newest version of each claim of the quarters shown, the earliest deadline first."""
        newest = "qualify row_number() over (partition by claim_id order by version desc) = 1"
        sql = f"from measured.claims {newest} order by deadline_at, claim_id"
        periods = {period for quarter in self.quarters for period in quarter.periods}
        return [row for row in self.draft.engine.rows(sql) if row["period"] in periods]

    @cached_property
    def levels(self) -> list[dict[str, Any]]:
        """The headline results of the report's own quarter."""
        return [line for line in self.draft.levels if line["period"] in self.now.periods]

    @cached_property
    def levels_by_promise(self) -> dict[tuple[str, ...], list[dict[str, Any]]]:
        """The quarter's results by what was promised: contract, measure, service and scope; each in the order of time."""
        found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for line in sorted(self.levels, key=lambda line: (line["start_at"], line["result_id"])):
            found.setdefault(tuple(line[name] for name in ("contract_id", "measure_id", "service_id", "scope")), []).append(line)
        return found

    @cached_property
    def patterns(self) -> dict[str, list[Row]]:
        """Chronic patterns by what is recommended, those that cost most time first."""
        rows = self.draft.rows("measured.chronic_patterns", "down_us desc, service_id, cause_key")
        return grouped(rows, "recommendation")

    @cached_property
    def triggers(self) -> Sequence[Row]:
        """What the contracts' clauses on repetition see, those that are triggered first."""
        return self.draft.rows(
            "measured.chronic_triggers", "is_headline desc, is_if_counted desc, contract_version_id, trigger_id, service_id"
        )

    def before_parts(self, sheet: Sheet, metric_id: str) -> list[Any]:
        """Return what may be printed of a metric in the quarter before."""
        if self.before.coverage == "part":
            return ["in part on record"]
        row = self.metric(metric_id, self.before)
        return value_parts(sheet, row, has_interval=False) if row else ["no data"]

    def service(self, service_id: str | None) -> str:
        """Return the name of a service."""
        return self.draft.service_names.get(service_id or "", service_id or "no service")

    def quarter_words(self, quarter: Quarter | None = None) -> str:
        """Return `Q3 2026`."""
        return period_words((quarter or self.now).name)


# ---- metrics as figures


def metric_figure(sheet: Sheet, row: Row, column: str = "value", *, is_bare: bool = False) -> Figure:
    """Print one column of a metric in its unit; bare: without the unit's words, as bounds stand between brackets."""
    label = f"{words()['metric_columns'][column]}, {row['metric_id']}, {row['period']}"
    if column == "value" and row["unit"] == "share":
        source = row_source("metrics", row, "value_num/value_den", "M-08")
        num, den = int(row["value_num"] or 0), int(row["value_den"] or 0)
        return sheet.quoted(label, share_words(num, den), f"{num}/{den}" if den else None, source, "share")
    source = row_source("metrics", row, column, "M-08")
    if row[column] is None:
        return sheet.quoted(label, "none", None, source, row["unit"])
    bare = f"{floored_percent(int(row[column] * 10**6), 10**6, 1)} %" if row["unit"] == "share" else amount_words(row[column], row["unit"])
    return sheet.quoted(label, bare.split(" ")[0] if is_bare else bare, str(row[column]), source, row["unit"])


def share_words(num: int, den: int) -> str:
    """Return a share with one decimal, floored; what is more than nothing is never printed as nothing."""
    if not den:
        return "none"
    return "< 0.1 %" if 0 < 1000 * num < den else f"{floored_percent(num, den, 1)} %"


def count_figure(sheet: Sheet, row: Row, column: str = "n") -> Figure:
    """Print how many observations a metric rests on, or lacks."""
    label = f"{words()['metric_columns'][column]}, {row['metric_id']}, {row['period']}"
    return sheet.count(label, row[column], row_source("metrics", row, column, "M-08"))


def interval_parts(sheet: Sheet, row: Row, low: str = "low", high: str = "high") -> list[Any]:
    """Return `[a to b]` as text and figures; nothing where there is none."""
    if row[low] is None or row[high] is None:
        return []
    unit = " %" if row["unit"] == "share" else ""
    return ["[", metric_figure(sheet, row, low, is_bare=True), "\u00a0to\u00a0", metric_figure(sheet, row, high, is_bare=True), f"{unit}]"]


def value_parts(sheet: Sheet, row: Row | None, *, has_interval: bool = True) -> list[Any]:
    """Return what may be printed of a metric by its n: no mean without its median, no figure of too few (M-08)."""
    if row is None or row["publication"] == "none":
        return ["no value"]
    if row["is_suppressed"]:
        return ["not printed: so few that people could be inferred"]
    if row["publication"] == "list_only":
        return ["too few for a figure"]
    if row["median"] is not None:
        median: list[Any] = ["median ", metric_figure(sheet, row, "median")]
        if row["publication"] == "median_range_flagged":
            return [*median, ", from ", metric_figure(sheet, row, "smallest"), " to ", metric_figure(sheet, row, "largest")]
        return [*median, ", mean ", metric_figure(sheet, row), " ", *(interval_parts(sheet, row) if has_interval else [])]
    is_bare = row["unit"].startswith("per_")  # the title names the unit
    return [metric_figure(sheet, row, is_bare=is_bare), " ", *(interval_parts(sheet, row) if has_interval else [])]


def moved(row: Row | None) -> Verdict:
    """Return what may be said of a metric against the quarter before: a direction only where its test calls it a change (M-10)."""
    if row is None or row["verdict"] in (None, "not_tested") or row["publication"] in UNTESTED or row["previous_value"] is None:
        return verdict("not_tested", "trend_verdicts")
    if row["verdict"] == "no_clear_change":
        return verdict("no_clear_change", "trend_verdicts")
    is_up = row["value"] > row["previous_value"]
    return verdict("better" if is_up == (row["metric_id"] in RISING_IS_GOOD) else "worse", "trend_verdicts")


def moved_words(row: Row | None) -> str:
    """Return the verdict in plain words, and why where nothing was compared."""
    found = moved(row)
    if row is not None and found.key in ("better", "worse"):
        return f"{'up' if row['value'] > row['previous_value'] else 'down'}, {found.word}"
    if found.key == "no_clear_change":
        return found.word
    reasons: Mapping[str, str] = words()["not_compared"]
    if row is None or row["publication"] in UNTESTED:
        return str(reasons["few"])
    return str(reasons["no_before"] if row["previous_value"] is None else reasons["not_tested"])


def filter_value(filter_text: str) -> str:
    """Return `shop` of `{"service_id":"shop"}`."""
    return str(next(iter(json.loads(filter_text).values()), ""))


def counted(figure: Figure, one: str, many: str) -> list[Any]:
    """Return a count with its noun: `1 incident`, `2 incidents`."""
    return [figure, f" {one if figure.exact == '1' else many}"]


def joined(figures: Sequence[Figure]) -> list[Any]:
    """Return `a, b and c` as text and figures."""
    parts: list[Any] = []
    for number, figure in enumerate(figures):
        parts += ["" if number == 0 else " and " if number == len(figures) - 1 else ", ", figure]
    return parts
