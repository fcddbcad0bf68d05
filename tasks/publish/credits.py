"""Section 7: how credits came about from gross to net, who approved each step, and where the money stands."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tasks.publish.charts import Axis, Box, Chart, Lane, Mark, nice_steps
from tasks.publish.draft import Draft, Row, View, grouped
from tasks.publish.numbers import Figure, Sheet, Source, row_source
from tasks.publish.sums import total
from tasks.publish.words import Code, listed, plain_words, words

SECTION = "7 Credits and claims"
HEADLINE = {"variant": "headline", "reading": "default"}
MOST_CREDITS = 40
MOST_CLAIMS = 40
MOST_LANES = 12
MOST_CURRENCIES = 3
MICRO_HOUR = 3_600_000_000
CREDITS = "select * from measured.credits where variant = 'headline' and reading = 'default' and currency is not null order by credit_id"
LEVELS = (("computed", "R-CR1"), ("payable", "R-CR6"), ("claimable", "R-RD1"))  # sums of credits that stand as whole bars
CUTS = (  # what lies between two sums of credits: the step, the sum before, the sum after
    ("cumulation", "computed", "after_cumulation", "R-CR3"),
    ("minimum", "after_cumulation", "after_minimum", "R-CR4"),
    ("caps", "after_minimum", "after_caps", "R-CR6"),
)
CLAIMED = "state in ('filed', 'acknowledged', 'approved', 'partly_approved', 'rejected', 'settled')"


def credits_and_claims(draft: Draft) -> View:
    """Return the view of section 7."""
    sheet = draft.book.sheet(SECTION)
    rows = draft.engine.rows(CREDITS)
    claims = draft.rows("published.claim_lines", "currency, last_day, claim_id")
    chains = [_chain(sheet, own, [row for row in claims if row["currency"] == name]) for name, own in grouped(rows, "currency").items()]
    chains = sorted(chains, key=lambda chain: chain["currency"])
    lines = draft.rows("published.credit_lines", "place")
    fates = grouped(draft.rows("published.credit_fates", "credit_id, fate"), "credit_id")
    steps = grouped(draft.rows("measured.credit_steps", "credit_id, step_no"), "credit_id")
    waterfalls = list(grouped(draft.rows("published.waterfall_steps", "service_name, result_id, step_no"), "result_id").values())
    return {
        "chains": [_table(chains[start : start + MOST_CURRENCIES]) for start in range(0, len(chains), MOST_CURRENCIES)],
        "charts": [chart for chart in map(_money_chart, chains[:MOST_CURRENCIES]) if chart],
        "lines": [_credit(sheet, row, fates.get(row["credit_id"], [])) for row in lines[:MOST_CREDITS]],
        "lines_left": len(lines) > MOST_CREDITS,
        "targets": [_of_target(sheet, row, steps.get(row["credit_id"], [])) for row in lines[:MOST_CREDITS] if row["is_of_targets"]],
        "claims": [_claim(sheet, row) for row in claims[:MOST_CLAIMS]],
        "claims_left": len(claims) > MOST_CLAIMS,
        "downtime_chart": downtime_chart(sheet, waterfalls),
        "downtime": [_waterfall(sheet, own) for own in waterfalls[:MOST_CREDITS]],
        "has_downtime": any(line["down_us"] for line in draft.levels),
    }


def _chain(sheet: Sheet, rows: Sequence[Row], claims: Sequence[Row]) -> View:
    """Return one currency's money from computed to settled: each step with its sum, what it took, and who stands behind it."""
    currency = rows[0]["currency"]
    key = HEADLINE | {"currency": currency}
    sums = {name: total(name, words()["money_steps"][name]["label"], rows, currency, key, rule) for name, rule in LEVELS}
    steps = [_level(sheet, name, sums[name].amount, sums[name].printed(sheet), rule) for name, rule in LEVELS]
    steps[1:1] = [step for cut in CUTS if (step := _cut(sheet, rows, currency, *cut))]
    if step := _withheld(sheet, rows, currency):
        steps.insert(-1, step)
    return {"currency": currency, "steps": steps + _claimed(sheet, claims, currency)}


def _table(chains: Sequence[View]) -> View:
    """Return the steps of several currencies side by side; a step that took nothing from any of them is left out."""
    order = list(words()["money_steps"])
    steps = {step["key"]: step for chain in chains for step in chain["steps"]}
    by_chain = [{step["key"]: step for step in chain["steps"]} for chain in chains]
    return {
        "currencies": [chain["currency"] for chain in chains],
        "rows": [
            {
                "label": steps[key]["label"],
                "rule": steps[key]["rule"],
                "is_level": steps[key]["is_level"],
                "cells": [own[key]["figure"] if key in own else None for own in by_chain],
                "who": list(dict.fromkeys(own[key]["who"] for own in by_chain if key in own)),
            }
            for key in sorted(steps, key=order.index)
        ],
    }


def _level(sheet: Sheet, name: str, amount: Decimal | None, figure: Figure, rule_id: str, who: str = "") -> View:
    told = words()["money_steps"][name]
    step = {"key": name, "label": told["label"], "amount": amount, "figure": figure, "rule": rule_id, "is_level": True, "before": None}
    return step | {"who": who or told["who"]}


def _cut(sheet: Sheet, rows: Sequence[Row], currency: str, name: str, before: str, after: str, rule_id: str) -> View | None:
    """Return what a step took off; None where it took nothing, and where a sum is not known."""
    if any(row[before] is None or row[after] is None for row in rows):
        return None
    at_first, at_last = (sum((row[column] for row in rows), Decimal("0.0000")) for column in (before, after))
    if at_first == at_last:
        return None
    source = Source("credits", HEADLINE | {"currency": currency}, f"sum({after}) - sum({before})", rule_id)
    told = words()["money_steps"][name]
    figure = sheet.money(f"{told['label']}, {currency}", at_last - at_first, currency, source)
    step = {
        "key": name,
        "label": told["label"],
        "amount": at_last,
        "figure": figure,
        "rule": rule_id,
        "is_level": False,
        "before": at_first,
    }
    return step | {"who": told["who"]}


def _withheld(sheet: Sheet, rows: Sequence[Row], currency: str) -> View | None:
    """Return what is payable and may not be claimed: the readings, signatures and requests that section 1 names."""
    return _cut(sheet, rows, currency, "withheld", "payable", "claimable", "R-RD1")


def _claimed(sheet: Sheet, claims: Sequence[Row], currency: str) -> list[View]:
    """Return what was claimed, approved and settled of a currency's claims, with the roles that did it."""
    key = {"claim_id || '/' || version": sorted(f"{claim['claim_id']}/{claim['version']}" for claim in claims)}
    steps = []
    for name, column, kept, roles in (
        ("claimed", f"sum(amount) filter ({CLAIMED})", [claim["amount"] for claim in claims if claim["is_filed"]], "filed_by"),
        ("approved", "sum(approved_amount)", [claim["approved_amount"] for claim in claims], "decided_by"),
        ("settled", "sum(settled_amount)", [claim["settled_amount"] for claim in claims], "settled_by"),
    ):
        amount = sum((value for value in kept if value is not None), Decimal("0.0000"))
        figure = sheet.money(
            f"{words()['money_steps'][name]['label']}, {currency}", amount, currency, Source("claims", key, f"coalesce({column}, 0)")
        )
        who = listed(sorted({plain_words(role) for claim in claims for role in claim[roles]}))
        steps.append(_level(sheet, name, amount, figure, "K5", who if amount else words()["money_steps"][name]["none"]))
    return steps


def _money_chart(chain: View) -> Chart | None:
    """Return one currency's waterfall; None where a sum is not known, or every bar would be alike: nothing cut, nothing claimed."""
    steps = chain["steps"]
    if any(step["amount"] is None for step in steps) or len({step["amount"] for step in steps if step["amount"]}) < 2:
        return None
    highest = float(max(max(step["amount"], step["before"] or 0) for step in steps))
    currency = chain["currency"]
    ticks = tuple((place, f"{place:,.10g}") for place in nice_steps(highest))
    axis = Axis("linear", 0, highest, ticks, currency)
    marks: list[Mark] = [_money_box(step, number) for number, step in enumerate(steps) if step["amount"] or step["before"]]
    lanes = tuple(Lane(step["label"], step["figure"]) for step in steps)
    by_key = {step["key"]: step["figure"].printed for step in steps}
    finding = (
        f"Of {by_key['computed']} computed, {by_key['payable']} is payable, {by_key['claimable']} claimable, {by_key['claimed']} claimed"
    )
    finding += f" and {by_key['settled']} settled."
    title = f"{currency}: what became of the credits that were computed?"
    return Chart(f"credits-{currency}", title, finding, axis, lanes, tuple(marks), "", 26, 200, 130)


def _money_box(step: View, number: int) -> Box:
    said = f"{step['label']}: {step['figure'].printed}"
    if step["is_level"]:
        return Box(0, float(step["amount"]), number, "good" if step["key"] in ("claimed", "approved", "settled") else "ink", said)
    low, high = sorted((float(step["amount"]), float(step["before"])))
    return Box(low, high, number, "muted", said, "hatch")


def _credit(sheet: Sheet, row: Row, fates: Sequence[Row]) -> View:
    """Return one credit with its verdict in words: how it came about, and what becomes of it."""
    name = _credit_name(row)

    def money(label: str, column: str, rule_id: str) -> Figure | None:
        if row["currency"] is None:
            return None
        return sheet.money(f"{label}, {name}", row[column], row["currency"], row_source("credits", row, column, rule_id))

    labels = words()["fates"] | words()["lost_fates"]
    said = [labels[fate["fate"]]["label"] for fate in fates]
    return {
        "name": row["service_name"],
        "measure": row["measure_id"],
        "contract": row["contract_version_id"],
        "incidents": row["incidents"],
        "how": _how(sheet, row, name),
        "computed": money("computed", "computed", "R-CR1"),
        "payable": money("payable", "payable", "R-CR6"),
        "claimable": money("claimable", "claimable", "R-RD1"),
        "verdict": said or [words()["no_fate"]],
    }


def _credit_name(row: Row) -> str:
    incidents = f", {listed(row['incidents'])}" if row["incidents"] else ""
    return f"{row['service_name']}, {row['measure_id']}, {row['contract_version_id']}{incidents}, {row['credit_id']}"


def _how(sheet: Sheet, row: Row, name: str) -> list[Any]:
    """Return what the contract gives for the miss: a rate of a fee, points, or the form of the credit."""
    if row["points"] is not None:
        return [sheet.count(f"service points, {name}", row["points"], row_source("credits", row, "points", "R-CR1"), "points")]
    if row["pct"] is not None:
        rate = sheet.level(f"rate, {name}", row["pct"], row_source("credits", row, "pct", "R-CR1"))
        base = sheet.money(f"fee base, {name}", row["basis_amount"], row["currency"], row_source("credits", row, "basis_amount", "R-CR1"))
        return [rate, " of ", base]
    return [words()["credit_forms"][row["form"]]]


def _of_target(sheet: Sheet, row: Row, steps: Sequence[Row]) -> View:
    """Return the calculation of a credit that follows from single targets, step by step."""
    name = _credit_name(row)
    return {
        "name": row["service_name"],
        "measure": row["measure_id"],
        "incidents": row["incidents"],
        "steps": [
            {
                "name": words()["steps"][step["step"]],
                "words": step["words"],
                "rule": step["rule_id"],
                "is_sum": step["step"] in ("payable", "claimable"),
                "amount": None
                if step["amount"] is None and step["step"] in ("allowance", "tier")
                else sheet.money(
                    f"step {step['step_no']}, {name}",
                    step["amount"],
                    step["currency"],
                    row_source("credit_steps", step, "amount", step["rule_id"]),
                ),
            }
            for step in steps
        ],
    }


def _claim(sheet: Sheet, row: Row) -> View:
    """Return one claim as it stands: what was asked for, since when it waits, what came of it."""
    name = f"{row['claim_id']}, {row['service_name']}"

    def money(label: str, column: str) -> Figure | None:
        source = row_source("claims", row, column, "K5")
        return None if row[column] is None else sheet.money(f"{label}, {name}", row[column], row["currency"], source)

    days = "(epoch_us(as_of) - epoch_us(coalesce(received_at, filed_at))) // 86400000000"
    return {
        "service": row["service_name"],
        "claim": row["claim_id"],
        "contract": row["contract_version_id"],
        "is_protective": row["kind"] == "protective",
        "state": words()["claim_states"][row["state"]],
        "amount": money("claim", "amount"),
        "approved": money("approved", "approved_amount"),
        "settled": money("settled", "settled_amount"),
        "leakage": money("leakage", "leakage") if row["leakage"] else None,
        "invoice": row["invoice_id"],
        "reference": row["provider_ref"],
        "is_filed": row["is_filed"],
        "last_day": sheet.day(f"last day to claim, {name}", row["last_day"], row_source("claims", row, "last_day", "R-DL1")),
        "days": None
        if row["days_waiting"] is None
        else sheet.count(f"days since it was received, {name}", row["days_waiting"], row_source("claims", row, days, "R-DL2"), "days"),
    }


def downtime_chart(sheet: Sheet, waterfalls: Sequence[Sequence[Row]]) -> Chart | None:
    """Return gross downtime by service, what was taken out hatched, and what counts solid; None where nothing was taken out."""
    ranked = sorted(waterfalls, key=lambda own: (-own[0]["delta_us"], own[0]["result_id"]))[:MOST_LANES]
    if not ranked:
        return None
    highest = max(_reach(own) for own in ranked) / MICRO_HOUR
    unit, scale = ("h", 1.0) if highest >= 3 else ("min", 60.0)
    ticks = tuple((place, f"{place:g} {unit}") for place in nice_steps(highest * scale))
    axis = Axis("linear", 0, highest * scale, ticks, "downtime")
    marks: list[Mark] = []
    for number, own in enumerate(ranked):
        marks += _downtime_boxes(own, number, scale / MICRO_HOUR)
    lanes = tuple(Lane(own[0]["service_name"], _step_length(sheet, own[-1])) for own in ranked)
    finding = "; ".join(
        f"{own[0]['service_name']}: {lane.value.printed} of its downtime counts"
        for own, lane in zip(ranked, lanes, strict=True)
        if lane.value
    )
    subtitle = "Whole bar: downtime as reconciled. At the right: what counts of it."
    return Chart("credits-downtime", "How much of the downtime counts?", f"{finding}.", axis, lanes, tuple(marks), subtitle, 26, 226, 130)


def _reach(own: Sequence[Row]) -> int:
    return int(max(own[0]["delta_us"], own[-1]["delta_us"]))


def _downtime_boxes(own: Sequence[Row], number: int, scale: float) -> list[Mark]:
    name = own[0]["service_name"]
    marks: list[Mark] = []
    at = own[0]["delta_us"]
    for row in own[1:-1]:
        low, high = sorted((at, at + row["delta_us"]))
        at += row["delta_us"]
        marks.append(Box(low * scale, high * scale, number, "muted", f"{name}: {words()['waterfall_steps'][row['step']]}", "hatch"))
    if own[-1]["delta_us"]:
        marks.insert(0, Box(0, own[-1]["delta_us"] * scale, number, "bad", f"{name}: counts"))
    return marks


def _waterfall(sheet: Sheet, own: Sequence[Row]) -> View:
    return {
        "name": own[0]["service_name"],
        "measure": own[0]["measure_id"],
        "contract": own[0]["contract_version_id"],
        "steps": [
            {
                "label": words()["waterfall_steps"][row["step"]],
                "length": _step_length(sheet, row),
                "who": _approver(row),
                "clauses": row["clauses"],
                "evidence": [Code(name) for name in row["evidence"]],
                "is_sum": row["step"] in ("gross", "net"),
            }
            for row in own
        ],
    }


def _step_length(sheet: Sheet, row: Row) -> Figure:
    label = f"{words()['waterfall_steps'][row['step']]}, {row['service_name']}, {row['measure_id']}, {row['result_id']}"
    source = Source("waterfall", {"result_id": row["result_id"], "step_no": row["step_no"]}, "delta_us", "K10", row["contract_version_id"])
    if row["step"] in ("gross", "net"):
        return sheet.duration(label, row["delta_us"], source)
    return sheet.difference(label, row["delta_us"], source)


def _approver(row: Row) -> str:
    """Return who approved a step: roles, both parties, or what stands in for an approval."""
    if row["roles"]:
        return listed([plain_words(role) for role in row["roles"]])
    if row["is_accepted"]:
        return str(words()["accepted_by_both"])
    return str(words()["nobody_approves"].get(row["step"], words()["approver_unknown"]))
