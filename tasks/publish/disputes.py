"""Section 5: what could still change. Each dispute with its increment over the headline, and all of a level's disputes counted together."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.publish.charts import Axis, Box, Chart, Dot, Lane, Mark, nice_steps
from tasks.publish.draft import Draft, Row, View, grouped, subject
from tasks.publish.numbers import Figure, Sheet, row_source
from tasks.publish.values import level_value
from tasks.publish.words import verdict, verdict_of, words

SECTION = "5 Disputes"
MOST_ROWS = 60
MOST_LANES = 12
MICRO_HOUR = 3_600_000_000
PCT_UNITS = 100_000_000  # a percentage with six decimals as a ratio of whole numbers


def disputes(draft: Draft) -> View:
    """Return the view of section 5."""
    sheet = draft.book.sheet(SECTION)
    lines = {line["result_id"]: line for line in draft.levels}
    effects = [row for row in draft.rows("published.dispute_lines", "raised_at, dispute_id, result_id") if row["result_id"] in lines]
    by_result = grouped(effects, "result_id")
    counted = [(line, all_) for line in draft.levels if (all_ := _all_counted(line)) and line["result_id"] in by_result]
    return {
        "rows": [_dispute(sheet, lines[row["result_id"]], row) for row in effects[:MOST_ROWS]],
        "rows_left": len(effects) > MOST_ROWS,
        "levels": [_level(sheet, line, all_, len(by_result[line["result_id"]])) for line, all_ in counted[:MOST_ROWS]],
        "chart": dispute_chart(sheet, counted),
    }


def _all_counted(line: Row) -> Row | None:
    """Return the variant in which all disputed time counts; None where no open dispute holds time out."""
    return next((variant for variant in line["variants"] if variant["variant"] == "if_counted"), None)


def _dispute(sheet: Sheet, line: Row, row: Row) -> View:
    name = f"{row['dispute_id']}, {subject(line)}"
    money = None
    if row["currency"] is not None:
        source = row_source("dispute_effects", row, "amount_at_stake", "R-DI2")
        money = sheet.money(f"credit at stake, {name}", row["amount_at_stake"], row["currency"], source)
    return {
        "dispute": row["dispute_id"],
        "about": row["about"],
        "party": words()["parties"][row["party"]],
        "scope": words()["dispute_scopes"][row["scope"]],
        "state": words()["dispute_states"][row["state"]],
        "decided_by": row["decided_by_role"],
        "service": line["service_name"],
        "measure": line["measure_id"],
        "raised": sheet.instant(
            f"raised, {name}", row["raised_at"], line["timezone"], row_source("dispute_effects", row, "raised_at", "R-DI4")
        ),
        "due": sheet.day(f"to be decided by, {name}", row["decide_by"], row_source("dispute_effects", row, "decide_by", "R-DI4")),
        "if_counted": _if_counted(sheet, line, row, name),
        "verdict": verdict(row["status_if_counted"]),
        "increment": sheet.difference(
            f"downtime it adds, {name}", row["increment_us"], row_source("dispute_effects", row, "increment_us", "R-DI2")
        ),
        "money": money,
    }


def _if_counted(sheet: Sheet, line: Row, row: Row, name: str) -> Figure:
    column = f"(if_counted_pct * 1000000)::bigint/{PCT_UNITS}"
    value = None if row["if_counted_pct"] is None else int(row["if_counted_pct"] * 1_000_000)
    source = row_source("dispute_effects", row, column, "R-DI2")
    return sheet.percent(f"if counted, {name}", value, PCT_UNITS, source, line["target"], "millionths of a percent")


def _level(sheet: Sheet, line: Row, counted: Row, number: int) -> View:
    """Return one level in both columns: the headline, and with all disputed time counted."""
    return {
        "name": line["service_name"],
        "measure": line["measure_id"],
        "contract": line["contract_version_id"],
        "headline": level_value(sheet, "headline", line),
        "verdict": verdict_of(line),
        "if_counted": level_value(sheet, "if all disputes are counted", line, counted),
        "verdict_if_counted": verdict(counted["status"]),
        "disputed": sheet.duration(
            f"held out, {subject(line)}", line["disputed_us"], row_source("sla_results", line, "disputed_us", "R-DI1")
        ),
        "is_several": number > 1,
    }


def dispute_chart(sheet: Sheet, counted: Sequence[tuple[Row, Row]]) -> Chart | None:
    """Return downtime in the headline and if all disputes count, a lane a level, with what its target allows; None without one."""
    timed = [(line, all_) for line, all_ in counted if all_["down_us"]]
    shown = sorted(timed, key=lambda pair: (-pair[1]["down_us"], pair[0]["result_id"]))[:MOST_LANES]
    if not shown:
        return None
    highest = max(max(all_["down_us"], line["allowance_us"] or 0) for line, all_ in shown) / MICRO_HOUR
    unit, scale = ("h", 1 / MICRO_HOUR) if highest >= 3 else ("min", 60 / MICRO_HOUR)
    highest *= 1 if unit == "h" else 60
    axis = Axis("linear", 0, highest, tuple((place, f"{place:g} {unit}") for place in nice_steps(highest)), "downtime")
    marks: list[Mark] = []
    for number, (line, all_) in enumerate(shown):
        marks += _bars(line, all_, number, scale)
    lanes = tuple(Lane(line["service_name"], level_value(sheet, "if all disputes are counted", line, all_)) for line, all_ in shown)
    turned = [line["service_name"] for line, all_ in shown if all_["status"] != line["status"]]
    finding = f"Counting disputed time would turn {len(turned)} of {len(shown)} verdicts" + (f": {', '.join(turned)}." if turned else ".")
    subtitle = "At the right: the level if all disputed time counted."
    return Chart("disputes-downtime", "What would the disputes add if they were counted?", finding, axis, lanes, tuple(marks), subtitle, 28)


def _bars(line: Row, counted: Row, number: int, scale: float) -> list[Mark]:
    name = line["service_name"]
    marks: list[Mark] = []
    if line["down_us"]:
        marks.append(Box(0, line["down_us"] * scale, number, "ink", f"{name}: headline"))
    if counted["down_us"] > line["down_us"]:
        marks.append(Box(line["down_us"] * scale, counted["down_us"] * scale, number, "doubt", f"{name}: if counted", "hatch"))
    if line["allowance_us"] is not None:
        marks.append(Dot(line["allowance_us"] * scale, number, "bar", "bad", f"{name}: what the target allows"))
    return marks
