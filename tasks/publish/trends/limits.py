"""Section 9 of the trend report: what we do not know, told before anybody asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tasks.publish.draft import View
from tasks.publish.numbers import Sheet, Source, row_source
from tasks.publish.trends.draft import TrendDraft, count_figure, counted, metric_figure
from tasks.publish.trends.recovery import DURATIONS
from tasks.publish.words import listed

SECTION = "9 What we do not know"


def unknowns(trends: TrendDraft) -> View:
    """Return the view of section 9: one line for each thing that the data does not tell."""
    sheet = trends.draft.book.sheet(SECTION)
    lines = [line for tell in (_quarters, _time, _levels, _money, _causes, _instants, _changes, _catalogue) for line in tell(trends, sheet)]
    return {"lines": lines}


def _quarters(trends: TrendDraft, sheet: Sheet) -> Iterator[list[Any]]:
    dark = [trends.quarter_words(quarter) for quarter in trends.quarters if not quarter.is_told]
    if dark:
        yield [
            f"Nothing is on record of {dark[0] if len(dark) == 1 else f'{dark[0]} to {dark[-1]}'}: those quarters are unknown, not quiet."
        ]
    cut = [trends.quarter_words(quarter) for quarter in trends.quarters if quarter.coverage == "part"]
    if cut:
        yield [f"Records begin within {listed(cut)}: its amounts are too low, and nothing is compared with it."]


def _time(trends: TrendDraft, sheet: Sheet) -> Iterator[list[Any]]:
    share, coverage = trends.metric("unmeasured_share"), trends.metric("monitoring_coverage")
    if share and share["value_num"]:
        yield [metric_figure(sheet, share), " of watched time has no sample: whether services were up then is not known."]
    if coverage and coverage["value"] is not None and coverage["value"] < 1:
        yield [
            metric_figure(sheet, coverage),
            " of the components under a service level have a rule of ours; of the others only tickets and vendors speak.",
        ]


def _levels(trends: TrendDraft, sheet: Sheet) -> Iterator[list[Any]]:
    own = sorted(line["result_id"] for line in trends.levels if line["status"] == "insufficient_evidence")
    if own:
        source = Source("sla_results", {"result_id": own}, "count(distinct result_id)", "R-GR8")
        yield [
            *counted(sheet.count("levels that cannot be judged", len(own), source), "result", "results"),
            " of service levels without the evidence for a verdict.",
        ]
    disputed = sorted(line["result_id"] for line in trends.levels if line["disputed_us"])
    if disputed:
        source = Source("sla_results", {"result_id": disputed}, "sum(disputed_us)::bigint", "R-DI1")
        length = sum(line["disputed_us"] for line in trends.levels if line["disputed_us"])
        yield [sheet.duration("disputed time", length, source), " of downtime is disputed and held out until it is decided."]


def _money(trends: TrendDraft, sheet: Sheet) -> Iterator[list[Any]]:
    lacking = sorted(row["credit_id"] for row in trends.credits if row["payable"] is None)
    if lacking:
        source = Source("credits", {"credit_id": lacking}, "count(*)", "R-CR5")
        yield [
            *counted(sheet.count("credits not known", len(lacking), source), "credit", "credits"),
            " of unknown amount: no invoice line or fee is stated.",
        ]
    yield ["Money is what contracts owe. What outages cost the business itself stands in no source."]


def _causes(trends: TrendDraft, sheet: Sheet) -> Iterator[list[Any]]:
    row = trends.metric("cause_key_coverage")
    if row and row["n"] and row["value"] < 1:
        yield [
            "A cause is stated for ",
            metric_figure(sheet, row),
            " of ",
            *counted(count_figure(sheet, row), "incident", "incidents"),
            "; recurrence and chronic patterns see no others.",
        ]


def _instants(trends: TrendDraft, sheet: Sheet) -> Iterator[list[Any]]:
    rows = [row for name in DURATIONS if (row := trends.metric(name))]
    missing = max(rows, key=lambda row: row["missing_n"], default=None)
    if missing and missing["missing_n"]:
        yield [
            *counted(count_figure(sheet, missing, "missing_n"), "incident", "incidents"),
            " without an instant that a time in section 5 needs: left aside, never counted as zero.",
        ]
    open_ = max(rows, key=lambda row: row["censored_n"], default=None)
    if open_ and open_["censored_n"]:
        yield [*counted(count_figure(sheet, open_, "censored_n"), "incident", "incidents"), " still open, and in no mean."]


def _changes(trends: TrendDraft, sheet: Sheet) -> Iterator[list[Any]]:
    row = trends.metric("change_candidate_share")
    if row and row["value_num"]:
        n = sheet.count("incidents that a change may have caused", int(row["value_num"]), row_source("metrics", row, "value_num", "M-07"))
        yield [*counted(n, "incident", "incidents"), " with a change just before that nobody has judged yet: counted neither way."]


def _catalogue(trends: TrendDraft, sheet: Sheet) -> Iterator[list[Any]]:
    rows = trends.draft.rows("measured.metric_catalogue", "metric_id")
    late = [row for row in rows if row["standing"] in ("due", "never_reviewed")]
    if late:
        source = Source("metric_catalogue", {"standing": ["due", "never_reviewed"]}, "count(*)", "M-17")
        yield [
            *counted(sheet.count("metrics not reviewed in time", len(late), source), "metric", "metrics"),
            " not reviewed in time by the owner.",
        ]
    yield ["Tests take incidents as independent of each other: one fault recorded as several looks worse than it is."]
