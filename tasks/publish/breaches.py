"""Section 3: one block for each missed level, so that the vendor's engineer gets the same number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from tasks.model.durations import duration_words
from tasks.model.instants import epoch_us, exact_instant
from tasks.publish.charts import Box, Chart, Fill, Lane, Mark, Tone, time_axis
from tasks.publish.draft import Draft, Row, View, grouped, subject
from tasks.publish.flips import flip, flips_by_result, near_misses
from tasks.publish.numbers import Figure, Sheet, Source, row_source
from tasks.publish.values import level_value, ratio_unit, shortfall
from tasks.publish.words import flag_words, plain_words, verdict_of, words

SECTION = "3 Breaches"
MOST_BLOCKS = 40
MOST_SPANS = 40
SPANS = f"""
    from published.result_spans
    where span_no <= {MOST_SPANS} and result_id in (select result_id from published.told_results)
    order by result_id, start_at
"""
MOST_OVERRULED = 3
SHOWN_LANES = ("monitoring", "alert", "ticket", "vendor", "reconciled", "exclusion", "unmeasured")


def breaches(draft: Draft) -> View:
    """Return the view of section 3."""
    sheet = draft.book.sheet(SECTION)
    told = {row["result_id"] for row in draft.rows("published.told_results", "result_id")}
    tables = _Tables(draft)
    lines = [line for line in draft.levels if line["result_id"] in told]
    return {
        "blocks": [_block(sheet, line, tables) for line in lines[:MOST_BLOCKS]],
        "blocks_left": len(lines[MOST_BLOCKS:]),
        "near": near_misses(draft, sheet, tables.flips)[:MOST_BLOCKS],
    }


class _Tables:
    """What the blocks read, fetched once and grouped by result or incident."""

    def __init__(self, draft: Draft) -> None:
        self.spans = grouped(draft.engine.rows(SPANS), "result_id")
        self.sums = {row["result_id"]: row for row in draft.rows("published.span_sums", "result_id")}
        self.told = grouped(draft.rows("published.told_incidents", "result_id, rank_no"), "result_id")
        self.evidence = grouped(draft.rows("published.evidence", "incident_id, lane, start_at, end_at, raw_id"), "incident_id")
        self.bounds = grouped(draft.rows("published.bounds", "result_id, rank_no, field"), "result_id")
        spoken = draft.rows("published.overruled", "incident_id, field, place")
        self.overruled = grouped([row | {"bound": f"{row['incident_id']} {row['field']}"} for row in spoken], "bound")
        self.records = {row["raw_id"]: row for row in draft.rows("published.told_records", "raw_id")}
        self.exclusions = grouped(draft.rows("published.tested_exclusions", "result_id, start_at, exclusion_id"), "result_id")
        self.gaps = grouped(draft.rows("published.told_gaps", "incident_id, start_at"), "incident_id")
        self.flips = flips_by_result(draft)
        self.steps = grouped(draft.rows("measured.credit_steps", "credit_id, step_no"), "credit_id")
        self.credits = draft.rows("measured.credits", "credit_id")
        self.fates = grouped(draft.rows("published.credit_fates", "credit_id, fate"), "credit_id")
        self.breaches = {row["sla_result_id"]: row for row in draft.rows("measured.breaches", "breach_id")}
        self.incidents = {row["incident_id"]: row for row in draft.rows("published.told_names", "incident_id")}


def _block(sheet: Sheet, line: Row, tables: _Tables) -> View:
    result_id = line["result_id"]
    name = subject(line)
    breach = tables.breaches.get(result_id)
    spans = tables.spans.get(result_id, [])
    sums = tables.sums.get(result_id, {"spans": 0, "counted_us": 0})
    told = tables.told.get(result_id, [])
    credit = _credit(sheet, line, tables)
    charts = [_timeline(sheet, line, tables, row["incident_id"]) for row in told if row["incident_id"] in tables.evidence]
    return {
        "anchor": result_id,
        "name": line["service_name"],
        "measure": words()["kinds"][line["kind"]],
        "line": line,
        "verdict": verdict_of(line),
        "comparator": words()["comparators"].get(line["comparator"], ""),
        "notes": flag_words(line["flags"]),
        "achieved": level_value(sheet, "achieved", line),
        "target": sheet.level(f"target, {name}", line["target"], row_source("sla_results", line, "target", "R-AV4")),
        "short": breach
        and sheet.points(
            f"short of target, {name}", breach["short_pct"], row_source("breaches", breach, "short_pct", "R-AV4"), shortfall(line)
        ),
        "over": breach
        and sheet.duration(f"beyond the allowance, {name}", breach["over_us"], row_source("breaches", breach, "over_us", "R-AV4")),
        "basis": words()["bases"].get(line["basis"], ""),
        "measured": [_measured(sheet, line, *item) for item in _terms_of(line)],
        "fraction": sheet.fraction(
            f"exact value, {name}",
            line["value_num"],
            line["value_den"],
            row_source("sla_results", line, "value_num/value_den", "R-AV1"),
            ratio_unit(line),
        ),
        "spans": [_span(sheet, line, span, tables) for span in spans],
        "counted": sheet.duration(f"counted downtime, {name}", line["down_us"], row_source("sla_results", line, "down_us", "R-AV2")),
        "spans_left": sums["spans"] - len(spans),
        "sum_differs": sums["counted_us"] != line["down_us"],
        "exclusions": [_exclusion(sheet, line, row) for row in tables.exclusions.get(result_id, [])],
        "flips": [flip(sheet, line, row) for row in tables.flips.get(result_id, [])],
        "credit": credit,
        "is_met_and_owed": line["status"] == "met" and credit["is_owed"],
        "bounds": [_bound(sheet, line, row, tables) for row in tables.bounds.get(result_id, [])],
        "gaps": [_gap(sheet, line, row, tables) for incident in told for row in tables.gaps.get(incident["incident_id"], [])],
        "charts": charts,
        "charts_told": words()["numbers"][len(charts)] if 0 < len(charts) < len(told) else "",
    }


_MEASURED = (
    ("agreed service time", "the window within service hours, while the service was in force", "agreed_us", "R-AV1"),
    ("excluded", "downtime inside applied exclusions, each second once", "excluded_us", "R-EX1"),
    ("held out", "under open, admissible disputes: counts as up", "disputed_us", "R-DI1"),
    ("unmeasured", "no probe answered: the method says what it counts as", "unmeasured_us", "R-GR8"),
    ("counted downtime", "union of outages, less what is excluded or held out", "down_us", "R-AV2"),
    ("allowance", "downtime that the target leaves", "allowance_us", "R-AV4"),
)
_FAILING = (
    "failing in incidents",
    "time of incidents with failed requests, less excluded or held out; the exact value has all",
    "down_us",
    "R-GR6",
)
_PLAIN = (
    ("time that counts", "agreed service time, less exclusions that leave both sides", "value_den", "R-AV1"),
    ("time up", "time that counts, less counted downtime", "value_num", "R-AV1"),
)


def _terms_of(line: Row) -> tuple[tuple[str, str, str, str], ...]:
    """Return the lengths of time behind a value; of requests only those that a share of them has."""
    if line["kind"] in ("error_rate", "request_ratio"):
        return (*_MEASURED[:-2], _FAILING)
    return (*_MEASURED, *(_PLAIN if _is_plain(line) else ()))


def _is_plain(line: Row) -> bool:
    """Tell whether the exact value is a ratio of two lengths of time, not of weighted time or of requests (3.2)."""
    return line["kind"] == "availability" and line["value_den"] is not None and 0 < line["value_den"] <= line["agreed_us"]


def _measured(sheet: Sheet, line: Row, label: str, meaning: str, column: str, rule_id: str) -> View:
    source = row_source("sla_results", line, column, rule_id)
    return {
        "label": label,
        "words": meaning,
        "rule": rule_id,
        "value": sheet.duration(f"{label}, {subject(line)}", _whole(line[column]), source),
    }


def _whole(value: int | Decimal | None) -> int | None:
    return None if value is None else int(value)


def _span(sheet: Sheet, line: Row, span: Row, tables: _Tables) -> View:
    contract = line["contract_version_id"]
    key = {"subject_kind": "sla_result", "subject_id": line["result_id"], "start_at": exact_instant(span["start_at"])}
    start, end, length = (Source("clock_ledger", key, name, span["rule_id"], contract) for name in ("start_at", "end_at", "length_us"))
    label = f"{subject(line)}, {words()['counted_as'][span['counted_as']]['word']} from {exact_instant(span['start_at'])}"
    return {
        "start": sheet.instant(f"start, {label}", span["start_at"], line["timezone"], start),
        "end": sheet.instant(f"end, {label}", span["end_at"], line["timezone"], end),
        "length": sheet.duration(f"length, {label}", span["length_us"], length),
        "counted_as": words()["counted_as"][span["counted_as"]],
        "rule": span["rule_id"],
        "incidents": [incident_name(tables, name) for name in span["incident_ids"]],
    }


def incident_name(tables: _Tables, incident_id: str) -> str:
    """Return the ticket of record, else the incident's own id."""
    known = tables.incidents.get(incident_id)
    return known["ticket_key"] if known and known["ticket_key"] else incident_id


def _exclusion(sheet: Sheet, line: Row, row: Row) -> View:
    label = f"{row['reference']} ({words()['exclusion_types'][row['type']]}), {', '.join(row['components'])}, {line['service_name']}"
    zone_name = line["timezone"]

    def instant(what: str, column: str) -> Figure:
        source = Source("exclusions", {"exclusion_id": row["exclusion_id"]}, column, "R-EX1", line["contract_version_id"])
        return sheet.instant(f"{what}, {label}", row[column], zone_name, source)

    effect = "excluded_us" if row["status"] == "applied" else "if_excluded_us"
    key = {"exclusion_id": list(row["exclusion_ids"]), "result_id": line["result_id"]}
    source = Source("exclusion_effects", key, f"sum({effect})::bigint", "R-EX1", line["contract_version_id"])
    return {
        "reference": row["reference"],
        "components": row["components"],
        "type": words()["exclusion_types"][row["type"]],
        "start": instant("start", "start_at"),
        "end": instant("end", "end_at"),
        "notice": instant("notice", "notice_at") if row["notice_at"] else None,
        "approved": instant("approval", "approved_at") if row["approved_at"] else None,
        "role": plain_words(row["approver_role"]) if row["approver_role"] else "",
        "status": words()["exclusion_statuses"][row["status"]],
        "reason": words()["exclusion_reasons"].get(row["reason"], "") if row["status"] != "requested" else "",
        "clause": row["contract_rule"] or "",
        "effect": sheet.duration(f"downtime it takes out or would, {label}", row[effect], source),
        "moves": words()["exclusion_effects"][row["status"]],
    }


def _credit(sheet: Sheet, line: Row, tables: _Tables) -> View:
    """Return the calculation of the headline credit, and what the other variants would give."""
    own = [credit for credit in tables.credits if credit["reading"] == "default" and _belongs(credit, line)]
    headline = next((credit for credit in own if credit["variant"] == "headline"), None)
    if headline is None:
        return {"headline": None, "others": [], "is_owed": False}
    name = subject(line)

    def money(column: str, label: str, credit: Row = headline) -> Figure:
        return sheet.money(f"{label}, {name}", credit[column], credit["currency"], row_source("credits", credit, column, "R-CR6"))

    labels = {"if_excluded": "if the requested exclusions were granted", "if_counted": "if the open disputes were counted"}
    shown = {variant: next((credit for credit in own if credit["variant"] == variant), None) for variant in labels}
    return {
        "headline": headline,
        "notes": [*_lost(tables.fates.get(headline["credit_id"], [])), *flag_words(headline["flags"])],
        "steps": _steps(sheet, line, headline, tables.steps.get(headline["credit_id"], [])),
        "is_owed": headline["payable"] is None or headline["payable"] > 0,
        "payable": money("payable", "payable"),
        "claimable": money("claimable", "claimable on the lowest reading"),
        "forgone": money("forgone", "forgone to caps"),
        "others": [(labels[v], money("after_caps", labels[v], credit)) for v, credit in shown.items() if credit],
    }


def _lost(fates: Sequence[Row]) -> list[str]:
    """Return what became of a credit that can no longer be had."""
    return [words()["lost_fates"][row["fate"]]["label"].lower() for row in fates if row["fate"] in words()["lost_fates"]]


def _belongs(credit: Row, line: Row) -> bool:
    ids = {line["result_id"]} | {variant["result_id"] for variant in line["variants"]}
    return bool(ids & set(credit["sla_result_ids"]))


def _steps(sheet: Sheet, line: Row, credit: Row, steps: Sequence[Row]) -> list[View]:
    """Return the steps of a credit; beside the tier stands the rate that it gives, not money that is not there yet."""
    last_tier = max((step["step_no"] for step in steps if step["step"] == "tier"), default=0)
    return [
        {
            "name": words()["steps"][step["step"]],
            "words": step["words"],
            "rule": step["rule_id"],
            "result": _rate(sheet, line, credit) if step["step_no"] == last_tier else _step_amount(sheet, line, step),
            "is_sum": step["step"] in ("payable", "claimable"),
        }
        for step in steps
    ]


def _step_amount(sheet: Sheet, line: Row, step: Row) -> Figure | None:
    """Return the money after a step; None where it is about time or a rate."""
    if step["step"] in ("allowance", "tier"):
        return None
    label = f"step {step['step_no']} of the credit, {subject(line)}"
    return sheet.money(label, step["amount"], step["currency"], row_source("credit_steps", step, "amount", step["rule_id"]))


def _rate(sheet: Sheet, line: Row, credit: Row) -> Figure | None:
    """Return what the form of credit makes of the level: a percentage of the fee, hours or points."""
    for column, unit in (("pct", "%"), ("points", "points"), ("quantity", "h")):
        if credit[column] is not None:
            source = row_source("credits", credit, column, "R-CR1")
            return sheet.level(f"rate of the credit, {subject(line)}", Decimal(credit[column]), source, unit)
    return None


def _bound(sheet: Sheet, line: Row, row: Row, tables: _Tables) -> View:
    incident = tables.incidents[row["incident_id"]]
    name = incident_name(tables, row["incident_id"])
    what = words()["bounds"][row["field"]]
    overruled = tables.overruled.get(f"{row['incident_id']} {row['field']}", [])
    source = row_source("incidents", incident, row["field"], row["rule_id"])
    return {
        "incident": name,
        "bound": what,
        "value": sheet.instant(f"{what} of {name}, {line['service_name']}", incident[row["field"]], line["timezone"], source),
        "winner": record_name(tables, row["winner_raw_id"]) if row["winner_raw_id"] else "several records",
        "why": words()["bound_rules"].get(row["rule_id"], plain_words(row["rule_id"])),
        "rule": row["rule_id"],
        "others": [_loser(sheet, line, incident, other, tables) for other in overruled[:MOST_OVERRULED]],
        "others_left": max(len(overruled) - MOST_OVERRULED, 0),
    }


def record_name(tables: _Tables, raw_id: str) -> str:
    """Return the name of a record in its own system; a key of several parts is written part by part."""
    record = tables.records.get(raw_id)
    if record is None:
        return f"record {raw_id[:12]}"
    key = record["source_key"]
    parts = [str(part) for part in json.loads(key)] if key.startswith("[") else [key]
    joint = ", change " if record["entity"] == "ticket_history" else " · "
    return f"{record['source_system']} {joint.join(parts)}"


def _loser(sheet: Sheet, line: Row, incident: Row, other: Row, tables: _Tables) -> View:
    """Return a candidate that did not win: whose word it is, and how far it lies from the one that did."""
    name = record_name(tables, other["raw_id"])
    why = words()["bound_rules"].get(other["rule_id"], plain_words(other["rule_id"]))
    key = {"incident_id": other["incident_id"], "field": other["field"]}
    stated = f"json_extract_string(candidates, '$[{other['place']}].value')"
    source = Source("field_provenance", key, f"epoch_us({stated}::timestamptz) - epoch_us(value::timestamptz)", other["rule_id"])
    fixed = incident[other["field"]]
    delta = None if other["value_at"] is None or fixed is None else epoch_us(other["value_at"]) - epoch_us(fixed)
    label = f"{words()['bounds'][other['field']]} by {name} ({why}), {line['service_name']}"
    return {"name": name, "why": why, "value": sheet.difference(label, delta, source)}


def _gap(sheet: Sheet, line: Row, row: Row, tables: _Tables) -> View:
    """Return a span inside an incident that counts as up, and whose word would have covered it."""
    name = incident_name(tables, row["incident_id"])

    def bound(what: str, column: str, at: datetime) -> Figure:
        source = Source("outage_intervals", {"incident_id": row["incident_id"], column: exact_instant(at)}, f"min({column})", "RC-P1")
        return sheet.instant(f"{what} of the time up inside {name}, {line['service_name']}", at, line["timezone"], source)

    return {
        "incident": name,
        "start": bound("start", "end_at", row["start_at"]),
        "end": bound("end", "start_at", row["end_at"]),
        "vendors": row["vendor_keys"] or [],
    }


def _timeline(sheet: Sheet, line: Row, tables: _Tables, incident_id: str) -> Chart:
    """Return who says the incident lasted from when to when, one lane a source."""
    rows = tables.evidence[incident_id]
    lanes = [lane for lane in SHOWN_LANES if any(row["lane"] == lane for row in rows)]
    axis = time_axis(rows[0]["shown_from_at"], rows[0]["shown_to_at"], line["timezone"])
    marks: list[Mark] = [_evidence(row, lanes.index(row["lane"])) for row in rows]
    name = incident_name(tables, incident_id)
    incident = tables.incidents[incident_id]
    source = row_source("incidents", incident, "down_us", "RC-P1")
    down = sheet.duration(f"downtime of {name}, {line['service_name']}", incident["down_us"], source)
    verdicts = dict.fromkeys(words()["exclusion_statuses"][row["state"]] for row in rows if row["lane"] == "exclusion")
    ends = {"reconciled": (down, ""), "exclusion": (None, ", ".join(verdicts))}
    shown = tuple(Lane(words()["lanes"][lane], *ends.get(lane, (None, ""))) for lane in lanes)
    said = [f"{words()['lanes'][lane].lower()} {_said(rows, lane)}" for lane in lanes if lane in ("monitoring", "ticket", "vendor")]
    finding = f"{name}: reconciled outage {down.printed}; by source: {', '.join(said)}." if said else f"{name}: outage {down.printed}."
    anchor = f"timeline-{line['result_id']}-{incident_id}"
    return Chart(
        anchor, f"{name}: who says it began and ended when?", finding, axis, shown, tuple(marks), incident["title"] or "", 24, 110, 160
    )


def _said(rows: Sequence[Row], lane: str) -> str:
    own = [row for row in rows if row["lane"] == lane]
    start, last = min(row["start_at"] for row in own), max(own, key=lambda row: row["end_at"])
    return f"{start:%H:%M} UTC, and goes on" if last["is_cut_at_end"] else f"{start:%H:%M} to {last['end_at']:%H:%M} UTC"


_LOOK: dict[tuple[str, str], tuple[Tone, Fill]] = {
    ("exclusion", "applied"): ("ink", "hatch"),
    ("exclusion", "requested"): ("doubt", "light"),
    ("exclusion", "rejected"): ("muted", "light"),
    ("reconciled", "down"): ("bad", "solid"),
}


def _evidence(row: Row, lane: int) -> Box:
    tone, fill = _LOOK.get((row["lane"], row["state"]), ("muted", "light" if row["lane"] in ("unmeasured", "exclusion") else "solid"))
    text = f"{words()['lanes'][row['lane']]}: {plain_words(row['state'])}, {_told_span(row)}"
    ends = (row["is_cut_at_start"], row["is_cut_at_end"])
    return Box(epoch_us(row["start_at"]), epoch_us(row["end_at"]), lane, tone, text, fill, cut=ends)


def _told_span(row: Row) -> str:
    """Return a span as far as it is known: where it is cut, the picture ends, not the span."""
    start, end = _clock(row["start_at"]), _clock(row["end_at"])
    match row["is_cut_at_start"], row["is_cut_at_end"]:
        case True, True:
            return "before and after what is shown"
        case True, _:
            return f"until {end} UTC, began before"
        case _, True:
            return f"from {start} UTC, goes on"
    return f"{start} to {end} UTC ({duration_words(epoch_us(row['end_at']) - epoch_us(row['start_at']))})"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}"
