"""Section 2: which service level, by how much, and how fast its allowance was used up."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from tasks.model.instants import epoch_us
from tasks.model.period import Period
from tasks.publish.charts import Chart, Dot, Lane, Mark, Note, Path, time_axis
from tasks.publish.draft import Draft, Row, View, grouped, part_words, subject
from tasks.publish.numbers import Figure, Sheet, Source, plain, row_source
from tasks.publish.values import SCALED_USER_MINUTE, SPENT_RATIO, level_value
from tasks.publish.words import flag_words, verdict, verdict_of, words

SECTION = "2 Service levels"
TIMED = ("availability", "waiver")
WATCHED = (*TIMED, "error_rate", "request_ratio")
MOST_LANES = 24


def service_levels(draft: Draft) -> View:
    """Return the view of section 2."""
    sheet = draft.book.sheet(SECTION)
    spent = [line for line in draft.levels if line["kind"] in TIMED and line["down_us"] > 0 and not line["is_weighted"]]
    past = grouped(draft.engine.rows("from published.past_levels order by result_id, period, status"), "result_id")
    quiet = [line for line in draft.levels if line["kind"] in TIMED and line["down_us"] == 0]
    return {
        "rows": [_row(draft, sheet, line, past.get(line["result_id"], [])) for line in draft.levels],
        "months": _months(draft.run.period) if past else [],
        "unjudged": [f"{row['contract_version_id']} {row['measure_id']} ({row['kind']}) of {row['service_id']}" for row in draft.unjudged],
        "chart": burn_chart(draft, sheet, spent),
        "quiet": sorted({line["service_name"] for line in quiet}),
        "is_spent": bool(spent),
    }


def _row(draft: Draft, sheet: Sheet, line: Row, past: Sequence[Row]) -> View:
    name, kind = subject(line), line["kind"]

    def duration(label: str, column: str, rule_id: str, kinds: Sequence[str], beside: str = "") -> Figure | None:
        source = row_source("sla_results", line, column, rule_id)
        return sheet.duration(f"{label}, {name}", line[column], source, line[beside] if beside else None) if kind in kinds else None

    shown = verdict_of(line)
    return {
        "name": line["service_name"],
        "measure": f"{words()['kinds'][line['kind']]}{_window_words(draft.run.period, line)}{part_words(line)}",
        "scope": "" if line["scope"] == "service" else line["scope"],
        "contract": line["contract_version_id"],
        "comparator": words()["comparators"].get(line["comparator"], ""),
        "target": sheet.level(f"target, {name}", line["target"], row_source("sla_results", line, "target", "R-AV4")),
        "achieved": level_value(sheet, "achieved", line),
        "others": [
            _other(sheet, line, variant) for variant in line["variants"] if variant["variant"] != "unknown_as_down" or _moves(line, variant)
        ],
        "down": duration("downtime", "down_us", "R-AV2", TIMED, "allowance_us"),
        "allowance": duration("downtime allowed", "allowance_us", "R-AV4", ("availability",), "down_us"),
        "weighted": _weighted(sheet, line) if line["is_weighted"] and not line["is_of_users"] and line["value_den"] else None,
        "users": _user_minutes(sheet, line) if line["is_of_users"] else None,
        "disputed": duration("disputed", "disputed_us", "R-DI1", WATCHED) if line["disputed_us"] else None,
        "base": _base(sheet, line) if kind == "availability" and not line["is_of_users"] else None,
        "unmeasured": duration("unmeasured", "unmeasured_us", "R-GR8", WATCHED),
        "unmeasured_note": _unmeasured_note(draft, line) if kind in WATCHED and line["unmeasured_us"] else "",
        "verdict": shown,
        "wording": line["wording"],
        "notes": flag_words([flag for flag in line["flags"] if flag != "UNMEASURED" or not line["unmeasured_us"]]),
        "strip": _strip(draft.run.period, line, past) if past else [],
    }


def _window_words(period: str, line: Row) -> str:
    """Return the name of a window that is not the month of the pack, such as a quarter that ends with it."""
    return "" if line["period"] == period else f", {line['period']}"


def _other(sheet: Sheet, line: Row, variant: Row) -> View:
    label = words()["variants"][variant["variant"]]
    return {"words": label, "value": level_value(sheet, label, line, variant), "verdict": verdict(variant["status"])}


def _base(sheet: Sheet, line: Row) -> View:
    """Return the time that counts, and what was taken out of agreed time to get it: agreed − out = base, to the microsecond (R-AV1)."""
    name, scale = subject(line), " // 1000000" if line["is_weighted"] else ""
    out_us = line["agreed_us"] - line["base_us"]

    def duration(label: str, length_us: int, column: str, rule_id: str) -> Figure:
        return sheet.duration(f"{label}, {name}", length_us, row_source("sla_results", line, column, rule_id))

    base = f"coalesce(value_den{scale}, 0)"
    return {
        "base": duration("time that counts", line["base_us"], base, "R-AV1"),
        "agreed": duration("agreed service time", line["agreed_us"], "agreed_us", "R-AV1") if out_us else None,
        "out": duration("taken out of the base", out_us, f"agreed_us - {base}", "R-AV6") if out_us else None,
        "excluded": duration("excluded although down", line["excluded_us"], "excluded_us", "R-EX1") if line["excluded_us"] else None,
        "is_unmeasured_out": line["unmeasured_time"] == "remove_from_base" and line["unmeasured_us"] > 0,
    }


def _weighted(sheet: Sheet, line: Row) -> Figure:
    """Return what the downtime counts for once its weights are applied: base less this, over base, is the value (R-PO1)."""
    length = int(line["value_den"] - line["value_num"]) // 1_000_000
    source = row_source("sla_results", line, "(value_den - value_num) // 1000000", "R-PO1")
    return sheet.duration(f"downtime by weight, {subject(line)}", length, source)


def _user_minutes(sheet: Sheet, line: Row) -> View:
    """Return the user minutes that count and those lost: whole less lost, over whole, is the value (R-PO3)."""
    if line["value_den"] is None:
        return {"whole": None, "lost": None}
    name = subject(line)
    whole, lost = (int(scaled) // SCALED_USER_MINUTE for scaled in (line["value_den"], line["value_den"] - line["value_num"]))

    def source(scaled: str) -> Source:
        return row_source("sla_results", line, f"{scaled} // {SCALED_USER_MINUTE}", "R-PO3")

    return {
        "whole": sheet.count(f"user minutes that count, {name}", whole, source("value_den"), "user minutes"),
        "lost": sheet.count(f"user minutes lost, {name}", lost, source("(value_den - value_num)"), "user minutes"),
    }


def _unmeasured_note(draft: Draft, line: Row) -> str:
    """Say which limit of the policy the unmeasured time passes, and what that does to the verdict (R-GR8, DQ-13)."""
    if line["kind"] == "request_ratio" and not line["value_den"]:
        return "no sample says how many requests failed in the contract's sense: nothing can be judged"
    limits = unmeasured_limits(draft)
    share = Fraction(line["unmeasured_us"], line["agreed_us"] or 1)
    if limits["block"] is not None and share > Fraction(limits["block"]) and line["unmeasured_time"] in (None, "unknown"):
        return f"more than {limits['block_words']} of agreed time unmeasured: cannot be called met"
    if limits["warn"] is not None and share > Fraction(limits["warn"]):
        return f"more than {limits['warn_words']} of agreed time unmeasured: a warning only"
    return ""


def unmeasured_limits(draft: Draft) -> View:
    """Return the policy's two limits on the unmeasured share, as fractions and in words."""
    (policy,) = draft.engine.rows("select unmeasured_warn_above as warn, unmeasured_block_above as block from run.policy")
    return policy | {f"{name}_words": "" if value is None else f"{plain(100 * value)} %" for name, value in policy.items()}


def _moves(line: Row, variant: Row) -> bool:
    """Tell whether a bound says another verdict: unmeasured time that changes nothing is printed as time alone."""
    return bool(variant["status"] != line["status"])


def _months(period: str) -> list[str]:
    return [month.name for month in Period.parse(period).trailing_months()]


def _strip(period: str, line: Row, past: Sequence[Row]) -> list[View]:
    """Return one verdict a window in order, the worst where one has parts; a month before the first record says so."""
    rank = list(words()["statuses"])
    months = {month: verdict("no_data") for month in _months(period) if line["period"] == period}
    for row in sorted([*past, line], key=lambda row: -rank.index(verdict_of(row).key)):
        months[row["period"]] = verdict_of(row)
    return [{"month": month, "verdict": months[month]} for month in sorted(months)]


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
    return sheet.share(f"share of the allowance used, {subject(line)}", line["down_us"], line["allowance_us"], source, SPENT_RATIO)


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
