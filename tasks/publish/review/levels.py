"""Section 3: each service level of each month, its headline and what it would be if disputes were counted."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.publish.charts import Axis, Chart, Dot, Lane, Mark, Path, nice_steps
from tasks.publish.draft import Draft, Row, View, part_words, subject, used_up
from tasks.publish.numbers import row_source
from tasks.publish.review.parts import lacking, picture, said, table
from tasks.publish.values import level_value
from tasks.publish.words import period_words, verdict, verdict_of, words

SECTION = "3 Service levels by month"
MINUTE_US = 60_000_000
MOST_LANES = 18


def months(draft: Draft) -> list[View]:
    """Return the blocks of section 3."""
    sheet = draft.book.sheet(SECTION)
    lines = in_order(draft)
    if not lines:
        return [lacking("No service level of this vendor was in force in the quarter.")]
    rows = []
    for line in lines:
        counted = next((one for one in line["variants"] if one["variant"] == "if_counted"), None)
        month, name = line["period"], subject(line)
        rows.append(
            [
                [line["service_name"], {"detail": f"{words()['kinds'][line['kind']]}{part_words(line)}"}],
                period_words(month),
                sheet.level(f"target {month}, {name}", line["target"], row_source("sla_results", line, "target", "R-AV4")),
                level_value(sheet, f"achieved {month}", line),
                level_value(sheet, f"if disputes counted {month}", line, counted) if counted else "same",
                sheet.duration(f"downtime {month}, {name}", line["down_us"], row_source("sla_results", line, "down_us", "R-AV2")),
                sheet.duration(f"allowance {month}, {name}", line["allowance_us"], row_source("sla_results", line, "allowance_us", "R-AV4"))
                if line["allowance_us"] is not None
                else "none",
                [verdict_of(line), *([{"detail": "if counted: " + verdict(counted["status"]).word}] if counted else [])],
            ]
        )
    head = ["Level", "Month", "#Target", "#Achieved", "#If disputes counted", "#Downtime", "#Allowance", "Verdict"]
    chart = allowance_chart(draft, lines)
    blocks = (
        [
            picture(
                chart,
                "Bar: the month's allowance. Mark: the downtime that counts. Ring: the downtime if open disputes counted.",
            )
        ]
        if chart
        else []
    )
    blocks.append(table("Service levels by month", head, rows))
    unjudged = [f"{row['contract_version_id']} {row['measure_id']} of {row['service_id']}" for row in draft.unjudged]
    return [*blocks, *([said("Promised, but not judged in this version: ", ", ".join(unjudged), ".")] if unjudged else [])]


def in_order(draft: Draft) -> list[Row]:
    """Return headline levels by service, measure and month."""
    return sorted(
        draft.levels, key=lambda line: (line["service_name"], line["measure_id"], line["scope"], line["start_at"], line["result_id"])
    )


def allowance_chart(draft: Draft, lines: Sequence[Row]) -> Chart | None:
    """Return downtime against the month's allowance, the fullest first; None where no level allows a length of time."""
    timed = [line for line in lines if line["allowance_us"] is not None and line["value_den"] and not line["is_weighted"]]
    if not timed:
        return None
    shown = sorted(timed, key=lambda line: (-used_up(line), line["service_name"], line["start_at"]))[:MOST_LANES]
    shown = [line for line in lines if line in shown]
    lanes, marks = [], []
    highest = 0.0
    for number, line in enumerate(shown):
        allowed, down = line["allowance_us"] / MINUTE_US, line["down_us"] / MINUTE_US
        shape = verdict_of(line)
        lanes.append(Lane(f"{line['service_name']}, {period_words(line['period'])[:3]}"))
        own: list[Mark] = [
            Dot(allowed, number, "bar", "ink", f"allowance {allowed:.1f} min"),
            Path(((0, number), (down, number)), shape.tone, width=3),  # type: ignore[arg-type]
            Dot(down, number, shape.shape, shape.tone, f"{line['service_name']} {line['period']}: {down:.1f} min down, {shape.word}"),  # type: ignore[arg-type]
        ]
        counted = next((one for one in line["variants"] if one["variant"] == "if_counted" and one["value_den"]), None)
        if counted:
            more = float(counted["value_den"] - counted["value_num"]) / MINUTE_US
            own.append(Dot(more, number, "ring", "doubt", f"{more:.1f} min if disputes counted"))
            highest = max(highest, more)
        highest = max(highest, allowed, down)
        marks += own
    steps = nice_steps(highest * 1.05, 6)
    over = sum(line["down_us"] > line["allowance_us"] for line in timed)
    finding = f"In {over} of {len(timed)} service months downtime was longer than the allowance."
    x = Axis("linear", 0, highest * 1.08 or 1, tuple((step, f"{step:g} min") for step in steps), "downtime that counts")
    title = "In which months was more time lost than the contract allows?"
    return Chart("allowance", title, finding, x, tuple(lanes), tuple(marks), lane_height=22, value_room=30)
