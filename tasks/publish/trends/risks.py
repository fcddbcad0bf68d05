"""Sections 2, 3 and 8 of the trend report: services at risk, patterns that wait for a decision, and what belongs in the risk register."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tasks.publish.charts import Axis, Chart, Dot, Lane, Mark, Path, Shape
from tasks.publish.draft import Row, View, grouped, subject, used_up
from tasks.publish.numbers import Figure, Sheet, Source, row_source
from tasks.publish.trends.draft import TrendDraft, counted, filter_value, joined
from tasks.publish.values import SPENT_RATIO, level_value
from tasks.publish.words import OPEN_CLAIMS, SHORTFALL, listed, plain_words, verdict, verdict_of, words

RISKS, PATTERNS, REGISTER = "2 Services at risk", "3 Chronic patterns", "8 Risk register"
NEAR = Fraction(1, 2)  # of an allowance: from there on a level is at risk
MOST_LEVELS, MOST_TRIGGERS, MOST_PATTERNS, MOST_LINES, MOST_ASKS = 8, 6, 6, 9, 5
MOST_OF_A_KIND = 2  # lines of patterns in the register: section 3 tells them all
AWAITING = ("decide_redesign", "open_problem")
MOST_SHARE = 200.0  # percent: what lies beyond is drawn at the edge
TIMES_MISSED = 2  # windows of one quarter that make a pattern of a vendor's level


# ---- section 2


def services_at_risk(trends: TrendDraft) -> View:
    """Return the view of section 2: how much of each allowance is used, and how far clauses on repetition are from giving a right."""
    sheet = trends.draft.book.sheet(RISKS)
    groups = sorted(trends.levels_by_promise.values(), key=lambda lines: (-max(map(_strain, lines)), subject(lines[-1])))
    risky = [lines for lines in groups if any(map(_is_risky, lines))]
    triggers = trends.triggers
    shown = [one for one in triggers if one["is_headline"] or one["is_if_counted"] or _has_counted(one)][:MOST_TRIGGERS]
    return {
        "months": list(trends.now.periods[:-1]),
        "rows": [_level_row(trends, sheet, lines) for lines in risky[:MOST_LEVELS]],
        "more": max(len(risky) - MOST_LEVELS, 0),
        "quiet": len(groups) - len(risky),
        "has_levels": bool(groups),
        "chart": allowance_chart(sheet, risky[:MOST_LEVELS]),
        "triggers": [_trigger_row(trends, sheet, row) for row in shown],
        "has_triggers": bool(triggers),
        "quiet_triggers": len(triggers) - len(shown),
    }


def _strain(line: Row) -> float:
    """Return how near a window came to its limit: a missed one comes first, then one that nobody can judge."""
    return used_up(line) + (1e6 if line["status"] in SHORTFALL else 1e3 if line["status"] == "insufficient_evidence" else 0)


def _is_risky(line: Row) -> bool:
    return line["status"] in (*SHORTFALL, "insufficient_evidence") or used_up(line) >= NEAR


def _has_allowance(line: Row) -> bool:
    return bool(line["kind"] == "availability" and line["allowance_us"])


def _level_row(trends: TrendDraft, sheet: Sheet, lines: Sequence[Row]) -> View:
    last = lines[-1]
    by_period = grouped(lines, "period")
    is_quarterly = trends.now.name in by_period
    columns = [trends.now.name] if is_quarterly else list(trends.now.periods[:-1])
    return {
        "name": last["service_name"],
        "measure": words()["kinds"][last["kind"]] + ("" if last["scope"] == "service" else f", {last['scope']}"),
        "contract": last["contract_version_id"],
        "is_quarterly": is_quarterly,
        "cells": [[_cell(sheet, line) for line in by_period.get(period, [])] for period in columns],
    }


def _cell(sheet: Sheet, line: Row) -> View:
    if line["status"] == "not_applicable":
        return {"verdict": verdict_of(line), "value": None}
    value = _share(sheet, line) if _has_allowance(line) else level_value(sheet, f"achieved {line['period']}", line)
    return {"verdict": verdict_of(line), "value": value}


def _share(sheet: Sheet, line: Row) -> Figure:
    source = row_source("sla_results", line, "down_us/allowance_us", "R-AV4")
    label = f"share of the allowance used, {line['period']}, {subject(line)}"
    return sheet.share(label, line["down_us"], line["allowance_us"], source, SPENT_RATIO)


def allowance_chart(sheet: Sheet, groups: Sequence[Sequence[Row]]) -> Chart | None:
    """Return how much of each allowance every window used; None where no level at risk has an allowance of time."""
    shown = [lines for lines in groups if any(_has_allowance(line) and line["down_us"] for line in lines)]
    if not shown:
        return None
    shares = [[(line, 100 * line["down_us"] / line["allowance_us"]) for line in lines if _has_allowance(line)] for lines in shown]
    high = min(max(110.0, *(share * 1.06 for lines in shares for _, share in lines)), MOST_SHARE)
    marks: list[Mark] = [Path(((100.0, -0.5), (100.0, len(shown) - 0.5)), "ink", width=1.5)]
    for number, lines in enumerate(shares):
        for place, (line, share) in enumerate(lines):
            said = f"{subject(line)}, {line['period']}: {_share(sheet, line).printed} of the allowance"
            is_last, is_over = place == len(lines) - 1, share > 100
            shape: Shape = ("diamond" if is_last else "open-diamond") if is_over else ("dot" if is_last else "ring")
            marks.append(Dot(min(share, high), number, shape, "bad" if is_over else "ink" if is_last else "muted", said))
    lanes = tuple(Lane(_lane_name(shown, lines), _worst(sheet, lines)) for lines in shown)
    over = sum(any(share > 100 for _, share in lines) for lines in shares)
    ticks = tuple((float(share), f"{share} %") for share in range(0, int(high) + 1, 50))
    axis = Axis("linear", 0, high, ticks, "share of the window's allowance used")
    subtitle = (
        "Filled: the last window; hollow: earlier ones; a diamond: beyond the line, more than all of it. Right: the most of a window."
    )
    finding = f"{over} of {len(shown)} levels used more than their allowance in some window of the quarter."
    return Chart("trend-allowance", "Which service levels use up what they are allowed?", finding, axis, lanes, tuple(marks), subtitle, 26)


def _lane_name(groups: Sequence[Sequence[Row]], lines: Sequence[Row]) -> str:
    """Return the service, and the measure where the chart shows several of one service."""
    own = [other for other in groups if other[-1]["service_id"] == lines[-1]["service_id"]]
    last = lines[-1]
    return f"{last['service_name']}, {last['measure_id']}" if len(own) > 1 else str(last["service_name"])


def _worst(sheet: Sheet, lines: Sequence[Row]) -> Figure:
    return _share(sheet, max((line for line in lines if _has_allowance(line)), key=lambda line: line["down_us"] / line["allowance_us"]))


def _has_counted(row: Row) -> bool:
    """Tell whether a clause saw anything at all; most see nothing in most quarters."""
    return bool(row["subject_ids"]) or not row["observed"].startswith(("0 ", "nothing"))


def _trigger_row(trends: TrendDraft, sheet: Sheet, row: Row) -> View:
    name = f"{row['contract_version_id']}, {row['trigger_id']}, {row['service_id']}"
    state = "triggered" if row["is_headline"] else "triggered_if_counted" if row["is_if_counted"] else "not_triggered"
    return {
        "name": trends.service(row["service_id"]),
        "contract": row["contract_version_id"],
        "rule": sheet.quoted(f"clause, {name}", row["rule"], row["rule"], row_source("chronic_triggers", row, "rule", "R-CH1")),
        "observed": sheet.quoted(
            f"seen, {name}", row["observed"], row["observed"], row_source("chronic_triggers", row, "observed", "R-CH1")
        ),
        "verdict": verdict(state, "trigger_states"),
        "right": words()["rights"][row["right_given"]],
        "by": _by(trends, sheet, row, name),
    }


def _by(trends: TrendDraft, sheet: Sheet, row: Row, name: str) -> Figure | None:
    if row["exercise_by_at"] is None:
        return None
    source = row_source("chronic_triggers", row, "exercise_by_at", "R-CH1")
    return sheet.instant(f"to be used before, {name}", row["exercise_by_at"], trends.draft.run.display_timezone, source)


# ---- section 3


def chronic_patterns(trends: TrendDraft) -> View:
    """Return the view of section 3: what keeps coming back and nobody has decided on (A6.6)."""
    sheet = trends.draft.book.sheet(PATTERNS)
    waiting = [row for kind in AWAITING for row in trends.patterns.get(kind, [])]
    decided = {kind: len(rows) for kind, rows in sorted(trends.patterns.items()) if kind not in AWAITING}
    return {
        "rows": [_pattern_row(trends, sheet, row) for row in waiting[:MOST_PATTERNS]],
        "more": max(len(waiting) - MOST_PATTERNS, 0),
        "others": [_of_kind(sheet, kind, count) for kind, count in decided.items()],
    }


def _of_kind(sheet: Sheet, kind: str, count: int) -> View:
    source = Source("chronic_patterns", {"recommendation": kind}, "count(*)", "M-04")
    return {"words": words()["recommendations"][kind]["state"], "n": sheet.count(f"patterns, {plain_words(kind)}", count, source)}


def _pattern_row(trends: TrendDraft, sheet: Sheet, row: Row) -> View:
    return {
        "service": trends.service(row["service_id"]),
        "cause": row["cause_key"],
        "n": pattern_count(sheet, row),
        "down": pattern_time(sheet, row),
        "quarters": [*row["quarters"]],
        "problem": row["problem_key"],
        "decision": plain_words(row["decision"]) if row["decision"] and row["decision"] != "none" else None,
        "since": sheet.count(
            f"since the decision, {_pattern(row)}", row["incidents_since"], row_source("chronic_patterns", row, "incidents_since", "M-04")
        ),
        "ask": words()["recommendations"][row["recommendation"]]["ask"],
        "is_lasting": row["is_lasting"],
    }


def _pattern(row: Row) -> str:
    return f"{row['service_id']}, {row['cause_key']}"


def pattern_count(sheet: Sheet, row: Row) -> Figure:
    """Print how many incidents a pattern has."""
    source = row_source("chronic_patterns", row, "len(incident_ids)", "M-04")
    return sheet.count(f"incidents of the pattern, {_pattern(row)}", len(row["incident_ids"]), source)


def pattern_time(sheet: Sheet, row: Row) -> Figure:
    """Print how much downtime a pattern's incidents had."""
    return sheet.duration(
        f"downtime of the pattern, {_pattern(row)}", row["down_us"], row_source("chronic_patterns", row, "down_us", "M-04")
    )


# ---- section 8


@dataclass(frozen=True)
class Risk:
    """One line of the register: what may happen, what was seen, what is asked and of whom. All as texts and figures."""

    name: str
    seen: Sequence[Any]
    ask: Sequence[Any]
    owner: str
    front: Sequence[Any] = ()  # what the first page asks; nothing where another line asks for it


def register(trends: TrendDraft) -> View:
    """Return the view of section 8, and in `asks` the decisions for the first page."""
    sheet = trends.draft.book.sheet(REGISTER)
    lines = [risk for tell in TOLD for risk in tell(trends, sheet)]
    return {
        "rows": lines[:MOST_LINES],
        "more": max(len(lines) - MOST_LINES, 0),
        "asks": [risk.front for risk in lines if risk.front][:MOST_ASKS],
    }


def _patterns(trends: TrendDraft, sheet: Sheet) -> Iterator[Risk]:
    """Patterns that lasted: one incident, however long, never asks for a redesign (C-44). The first page asks for all of them at once."""
    rows = trends.patterns.get("decide_redesign", [])
    for place, row in enumerate(rows[:MOST_OF_A_KIND]):
        service = trends.service(row["service_id"])
        seen = [
            *counted(pattern_count(sheet, row), "incident", "incidents"),
            ", ",
            pattern_time(sheet, row),
            " down, in consecutive quarters",
        ]
        ask = f"Decide on {service}: redesign against “{plain_words(row['cause_key'])}”, or accept the risk in writing."
        front: list[Any] = [] if place else [ask] if len(rows) == 1 else _all_patterns(trends, sheet, rows)
        yield Risk(f"{service}: the same cause keeps coming back", seen, [ask], "head of service", front)


def _all_patterns(trends: TrendDraft, sheet: Sheet, rows: Sequence[Row]) -> list[Any]:
    n = sheet.count(
        "patterns to be decided", len(rows), Source("chronic_patterns", {"recommendation": "decide_redesign"}, "count(*)", "M-04")
    )
    services = list(dict.fromkeys(trends.service(row["service_id"]) for row in rows[:MOST_OF_A_KIND]))
    return ["Decide on ", n, f" chronic patterns, {listed(services)} first: redesign, or accept the risk in writing (section 3)."]


def _rights(trends: TrendDraft, sheet: Sheet) -> Iterator[Risk]:
    """Rights that the contracts give after repeated failure; on these figures, and no legal advice."""
    for row in trends.triggers:
        if not row["is_headline"]:
            continue
        name = f"{row['contract_version_id']}, {row['trigger_id']}, {row['service_id']}"
        seen = [sheet.quoted(f"seen, {name}", row["observed"], row["observed"], row_source("chronic_triggers", row, "observed", "R-CH1"))]
        right = words()["rights"][row["right_given"]]
        by = _by(trends, sheet, row, name)
        until = [" before ", by] if by else []
        ask = [f"Use or waive the right to {right} for {trends.service(row['service_id'])}", *until, "."]
        yield Risk(f"{trends.service(row['service_id'])}: the contract gives a right to {right}", seen, ask, "vendor manager", ask)


def _claims(trends: TrendDraft, sheet: Sheet) -> Iterator[Risk]:
    """Money that lapses unless it is claimed in time, and money of the quarter that did (R-DL3)."""
    asked = [claim for claim in trends.claims if claim["state"] in OPEN_CLAIMS]
    lost = [claim for claim in trends.claims if claim["state"] == "lapsed" and claim["period"] in trends.now.periods]
    if asked:
        amounts = _amounts(sheet, "to be claimed", asked)
        first = asked[0]
        label = f"last day to claim, {first['contract_id']} {first['service_id']} {first['period']}"
        day = sheet.day(label, first["last_day"], row_source("claims", first, "last_day", "R-DL1"))
        ask = ["File claims worth ", *amounts, ", the first by ", day, "."]
        yield Risk("Credits lapse unclaimed", [*amounts, " not claimed yet; the first lapses after ", day], ask, "vendor manager", ask)
    if lost:
        yield Risk(
            "Credits lapsed unclaimed",
            [*_amounts(sheet, "lapsed", lost), " of this quarter"],
            ["Nothing more can be filed."],
            "vendor manager",
        )


def _amounts(sheet: Sheet, label: str, claims: Sequence[Row]) -> list[Any]:
    """Return what claims ask for by currency: their own amounts, for one credit may have several, and part of one hang on a dispute."""
    return joined([_amount(sheet, label, own) for _, own in sorted(grouped(claims, "currency").items())])


def _amount(sheet: Sheet, label: str, claims: Sequence[Row]) -> Figure:
    currency, amount = claims[0]["currency"], sum((claim["amount"] for claim in claims), Decimal(0))
    key = {"claim_id || '/' || version": sorted(f"{claim['claim_id']}/{claim['version']}" for claim in claims)}
    return sheet.money(f"{label}, {currency}", amount, currency, Source("claims", key, "sum(amount)", "R-RD1"))


def _misses(trends: TrendDraft, sheet: Sheet) -> Iterator[Risk]:
    """Levels that were missed in several windows of the quarter."""
    for lines in sorted(trends.levels_by_promise.values(), key=lambda lines: subject(lines[-1])):
        missed = [line for line in lines if line["status"] in SHORTFALL]
        if len(missed) >= TIMES_MISSED:
            last = lines[-1]
            source = Source(
                "sla_results", {"result_id": sorted(line["result_id"] for line in missed)}, "count(distinct result_id)", "R-AV4"
            )
            n = sheet.count(f"windows missed, {subject(last)}", len(missed), source)
            seen = ["missed in ", n, " windows of the quarter (", last["contract_version_id"], ")"]
            yield Risk(f"{last['service_name']} misses its level again and again", seen, [], "vendor manager")


def _outliers(trends: TrendDraft, sheet: Sheet) -> Iterator[Risk]:
    """Services with more incidents than chance explains, beyond the outer limit (M-09)."""
    chosen = "standing = 'above_998' and dimension = 'service' and period = $period"
    sql = f"from measured.metric_funnel where {chosen} order by metric_id, filter::varchar"
    for row in trends.draft.engine.rows(sql, {"period": trends.now.name}):
        if row["metric_id"] == "incidents_per_1000_service_hours":
            source = row_source("metric_funnel", row, "incidents", "M-09")
            n = sheet.count(f"incidents, {row['filter']}", row["incidents"], source)
            least = sheet.quoted(
                f"expected, {row['filter']}",
                f"{row['expected']:.1f}",
                str(row["expected"]),
                row_source("metric_funnel", row, "expected", "M-09"),
                "incidents",
            )
            name = trends.service(filter_value(row["filter"]))
            yield Risk(
                f"{name} fails more often than chance explains",
                [*counted(n, "incident", "incidents"), " where ", least, " were to be expected"],
                [],
                "service owner",
            )


def _unjudged(trends: TrendDraft, sheet: Sheet) -> Iterator[Risk]:
    """Levels that nobody can judge: what cannot be proved cannot be claimed."""
    own = sorted(line["result_id"] for line in trends.levels if line["status"] == "insufficient_evidence")
    if own:
        source = Source("sla_results", {"result_id": own}, "count(distinct result_id)", "R-GR8")
        n = sheet.count("levels that cannot be judged", len(own), source)
        seen = [*counted(n, "result", "results"), " of the quarter without enough evidence"]
        yield Risk("Levels cannot be proved", seen, [], "monitoring owner")


TOLD: tuple[Callable[[TrendDraft, Sheet], Iterator[Risk]], ...] = (_patterns, _rights, _claims, _misses, _outliers, _unjudged)
