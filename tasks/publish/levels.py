"""Section 2: which service level, by how much, and how fast its allowance was used up."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.publish.charts import Chart, Dot, Lane, Mark, Note, Path, epoch_us, time_axis
from tasks.publish.draft import Draft, Row, View, grouped, part_words, subject
from tasks.publish.numbers import Figure, Sheet, Source, row_source
from tasks.publish.words import flag_words, verdict, verdict_of, words

SECTION = "2 Service levels"
TIMED = ("availability", "waiver")
MONTHS = 12
MOST_LANES = 24


def service_levels(draft: Draft) -> View:
    """Return the view of section 2."""
    sheet = draft.book.sheet(SECTION)
    spent = [line for line in draft.levels if line["kind"] in TIMED and line["down_us"] > 0]
    past = grouped(draft.engine.rows("from published.past_levels order by result_id, period, status"), "result_id")
    quiet = [line for line in draft.levels if line["kind"] in TIMED and line["down_us"] == 0]
    return {
        "rows": [_row(draft, sheet, line, past.get(line["result_id"], [])) for line in draft.levels],
        "months": last_months(draft.run.period) if past else [],
        "chart": burn_chart(draft, sheet, spent),
        "quiet": sorted({line["service_name"] for line in quiet}),
        "is_spent": bool(spent),
    }


def _row(draft: Draft, sheet: Sheet, line: Row, past: Sequence[Row]) -> View:
    name, is_timed = subject(line), line["kind"] in TIMED

    def duration(label: str, column: str, rule_id: str) -> Figure | None:
        return sheet.duration(f"{label}, {name}", line[column], row_source("sla_results", line, column, rule_id)) if is_timed else None

    shown = verdict_of(line)
    return {
        "name": line["service_name"],
        "measure": f"{words()['kinds'][line['kind']]}{part_words(line)}",
        "scope": "" if line["scope"] == "service" else line["scope"],
        "contract": line["contract_version_id"],
        "comparator": words()["comparators"].get(line["comparator"], ""),
        "target": sheet.level(f"target, {name}", line["target"], row_source("sla_results", line, "target", "R-AV4")),
        "achieved": sheet.percent(
            f"achieved, {name}", line["value_num"], line["value_den"], row_source("sla_results", line, "value_num/value_den", "R-DSP1")
        ),
        "others": [
            _other(sheet, line, variant) for variant in line["variants"] if variant["variant"] != "unknown_as_down" or _moves(line, variant)
        ],
        "down": duration("downtime", "down_us", "R-AV2"),
        "allowance": duration("downtime allowed", "allowance_us", "R-AV4"),
        "excluded": duration("excluded", "excluded_us", "R-EX1"),
        "unmeasured": duration("unmeasured", "unmeasured_us", "R-GR8"),
        "verdict": shown,
        "wording": line["wording"],
        "notes": flag_words(line["flags"]),
        "strip": _strip(draft.run.period, line, past) if past else [],
    }


def _other(sheet: Sheet, line: Row, variant: Row) -> View:
    label = words()["variants"][variant["variant"]]
    source = Source(
        "sla_results",
        {"result_id": variant["result_id"], "result_version": variant["result_version"]},
        "value_num/value_den",
        "R-DSP1",
        line["contract_version_id"],
    )
    value = sheet.percent(f"{label}, {subject(line)}", variant["value_num"], variant["value_den"], source)
    return {"words": label, "value": value, "verdict": verdict(variant["status"])}


def _moves(line: Row, variant: Row) -> bool:
    """Tell whether a bound says another verdict: unmeasured time that changes nothing is printed as time alone."""
    return bool(variant["status"] != line["status"])


def last_months(period: str) -> list[str]:
    """Return the twelve months that end with the period."""
    year, month = (int(part) for part in period.split("-"))
    numbers = range(12 * year + month - MONTHS, 12 * year + month)
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in numbers]


def _strip(period: str, line: Row, past: Sequence[Row]) -> list[View]:
    """Return one verdict a month, the worst where a month has parts; a month before the first record says so."""
    rank = list(words()["statuses"])
    months = {month: verdict("no_data") for month in last_months(period)}
    for row in sorted([*past, line], key=lambda row: -rank.index(verdict_of(row).key)):
        months[row["period"]] = verdict_of(row)
    return [{"month": month, "verdict": shown} for month, shown in months.items()]


def burn_chart(draft: Draft, sheet: Sheet, lines: Sequence[Row]) -> Chart | None:
    """Return how each allowance was used up over the month, one lane a service level; None if there was no downtime."""
    known = [line for line in lines if line["allowance_us"]]
    shown = sorted(known, key=lambda line: (-line["down_us"] / line["allowance_us"], line["service_name"], line["result_id"]))[:MOST_LANES]
    if not shown:
        return None
    axis = time_axis(min(line["start_at"] for line in shown), max(line["end_at"] for line in shown), draft.run.display_timezone, 7)
    names = [line["result_id"] for line in shown]
    spans = grouped(
        draft.engine.rows("from published.burn where list_contains($names, result_id) order by result_id, start_at", {"names": names}),
        "result_id",
    )
    marks: list[Mark] = []
    for number, line in enumerate(shown):
        marks += _burn_marks(line, spans.get(line["result_id"], []), number)
    lanes = tuple(Lane(line["service_name"], _used_up(sheet, line)) for line in shown)
    over = [line["service_name"] for line in shown if line["down_us"] > line["allowance_us"]]
    finding = f"{len(over)} of {len(shown)} allowances were used up" + (f": {', '.join(over)}." if over else ".")
    subtitle = (
        "Height: share of the month's allowance used so far; at full height all of it is gone. At the right: the share at the month's end."
    )
    return Chart("levels-burn", "When was each month's allowance used up?", finding, axis, lanes, tuple(marks), subtitle, 30)


def _used_up(sheet: Sheet, line: Row) -> Figure:
    source = row_source("sla_results", line, "down_us/allowance_us", "R-AV4")
    return sheet.share(f"share of the allowance used, {subject(line)}", line["down_us"], line["allowance_us"], source)


def _burn_marks(line: Row, spans: Sequence[Row], number: int) -> list[Mark]:
    """Return the steps of one lane: an area that rises with each outage, and one above the line once the allowance is gone."""
    base, reach = number + 0.42, 0.84
    points = [(float(epoch_us(line["start_at"])), base)]
    gone: float | None = None
    for span in spans:
        before, after = span["before_us"] / line["allowance_us"], span["after_us"] / line["allowance_us"]
        start, end = epoch_us(span["start_at"]), epoch_us(span["end_at"])
        if gone is None and after > 1:
            gone = start + (end - start) * (1 - before) / (after - before)
        points += [(float(start), base - reach * min(before, 1)), (float(end if after <= 1 else gone or end), base - reach * min(after, 1))]
    last = float(epoch_us(line["end_at"]))
    points += [(last, points[-1][1]), (last, base)]
    marks: list[Mark] = [Path(tuple(points), "band", is_area=True), Path(tuple(points[:-1]), "muted", width=1)]
    if gone is None:
        return marks
    is_late = gone - points[0][0] > (last - points[0][0]) * 0.8
    marks.append(Path(((gone, base - reach), (last, base - reach)), "bad", width=2.5))
    marks.append(Dot(gone, base - reach, "diamond", "bad", f"{line['service_name']}: allowance used up"))
    return [*marks, Note(gone, number, "all used up", "bad", "end" if is_late else "start", (-10 if is_late else 10, 6))]
