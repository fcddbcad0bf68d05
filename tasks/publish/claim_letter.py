"""The claim letter: one page, in the order of DOMAIN 7.4: what happened, what was promised, what is asked for, on which evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tasks.model.durations import duration_words
from tasks.model.instants import exact_instant
from tasks.model.zones import local_wall
from tasks.publish.claim_case import Annex, Facts, Line, Outage
from tasks.publish.numbers import Book, Sheet, Source, row_source
from tasks.publish.page import content_policy, environment_of
from tasks.publish.words import words

PAGE = "letter.html"
MOST_OUTAGES = 8  # a letter is one page; the worksheet has all
CLAIM = "Claim"
View = dict[str, Any]


def letter_page(facts: Facts, annexes: Sequence[Annex], book: Book) -> str:
    """Return the letter as a page without scripts; its figures are kept in the book."""
    case, sheet = facts.case, book.sheet(CLAIM)
    row, letter, contract = case.row, case.letter, case.contract
    losses = sorted(
        ((loss, line) for line in facts.lines for loss in facts.own_losses(line)), key=lambda pair: (pair[0].start_at, pair[0].end_at)
    )
    targets = [target for line in facts.lines for target in facts.own_targets(line)]
    view: View = {
        "sender": list(letter.sender) or [contract.customer.billing_entity or ""],
        "addressee": list(letter.addressee) or [contract.provider.name or contract.provider.id or ""],
        "day": _local_day(facts),
        "claim_number": f"{row['claim_id']}, version {row['version']}",
        "contract": f"{contract.contract_version_id}" + (f", {contract.document.title}" if contract.document.title else ""),
        "clauses": _clauses(facts),
        "account": letter.account or contract.customer.billing_entity,
        "service": facts.service,
        "month": facts.month,
        "opening": letter.subject or words()["claim_letter"]["subject"],
        "amount": sheet.money("amount asked for", row["amount"], row["currency"], _claim_source(row, "amount")),
        "outages": [_outage(facts, sheet, line, loss) for loss, line in losses[:MOST_OUTAGES]],
        "is_cut": any(row["is_cut"] for line in facts.lines for row in line.outages),
        "is_any_excluded": any(row["status"] == "applied" and row["excluded_us"] for line in facts.lines for row in line.exclusions),
        "outages_left": len(losses) - min(len(losses), MOST_OUTAGES),
        "left_length": duration_words(sum(loss.length_us for loss, _ in losses[MOST_OUTAGES:])),
        "targets": [_target(facts, sheet, target) for target in targets[:MOST_OUTAGES]],
        "targets_left": len(targets) - min(len(targets), MOST_OUTAGES),
        "levels": [_level(facts, sheet, line) for line in facts.lines],
        "requests": [_request(sheet, line) for line in facts.lines],
        "less": _less(facts),
        "form": words()["claim_letter"]["settlement"][contract.measures[facts.lines[0].credit["measure_id"]].credits.settlement],
        "disputed": sheet.money("part in dispute", row["disputed_amount"], row["currency"], _claim_source(row, "disputed_amount"))
        if row["disputed_amount"]
        else None,
        "disputes": [(one["dispute_id"], one["decide_by"]) for one in facts.disputes],
        "annexes": annexes,
        "seal": facts.manifest["content_sha256"],
        "due": sheet.day("last day to claim", row["last_day"], _claim_source(row, "last_day")),
        "due_clause": None if "DEADLINE_ASSUMED" in row["flags"] else row["deadline_rule"],
        "answer": _answer(facts),
        "answer_days": case.terms.provider_decision_days,
        "rights": letter.rights,
        "signatory": case.signatory,
        "role": case.role.replace("_", " "),
        "zone": contract.clock.timezone,
        "window": _window(facts),
        "is_simulated": case.is_simulated,
        "security": content_policy([]),
    }
    return environment_of(is_print=True).get_template("claims/letter.html.j2").render(**view)


def _claim_source(row: Any, column: str) -> Source:
    return row_source("claims", row, column, "R-RD1" if column == "amount" else "R-DL1" if column == "last_day" else "R-DI5")


def _local_day(facts: Facts) -> date:
    return local_wall(facts.case.contract.clock.timezone, facts.case.prepared_at).date()


def _window(facts: Facts) -> View | None:
    """Return the window in the contract's zone and in UTC; None where single incidents are paid."""
    result = next((line.result for line in facts.lines if line.result), None)
    if result is None:
        return None
    zone = facts.case.contract.clock.timezone
    start_at, end_at = result["window_start_at"], result["window_end_at"]
    return {
        "first": local_wall(zone, start_at).date(),
        "last": (local_wall(zone, end_at) - timedelta(microseconds=1)).date(),
        "start": exact_instant(start_at),
        "end": exact_instant(end_at),
    }


def _clauses(facts: Facts) -> list[str]:
    """Return the clauses relied on, each once: of the level, the credit and the claim."""
    contract = facts.case.contract
    measures = [contract.measures[line.credit["measure_id"]] for line in facts.lines]
    found = [*(measure.clause for measure in measures), *(measure.credits.clause for measure in measures), facts.case.terms.clause]
    return [clause for clause in dict.fromkeys(found) if clause]


def _outage(facts: Facts, sheet: Sheet, line: Line, loss: Outage) -> View:
    names = facts.components(line, loss)
    headline = line.headline or {}
    key = {"subject_kind": "sla_result", "subject_id": headline.get("result_id"), "start_at": exact_instant(loss.start_at)}
    own = {**key, "start_at": {"from": exact_instant(loss.start_at), "before": exact_instant(loss.end_at)}}
    counted = {**own, "counted_as": ["counted", "disputed"]}
    label = f"{line.credit['measure_id']}, from {exact_instant(loss.start_at)}"
    length = Source("clock_ledger", counted, "sum(length_us)::bigint", "R-AV2", line.credit["contract_version_id"])
    return {
        "start": _stamp(loss.start_at),
        "end": _stamp(loss.end_at),
        "length": sheet.duration(f"lost time, {label}", loss.length_us, length),
        "components": [facts.names.get(name, name) for name in names] or [facts.service],
        "regions": sorted({facts.regions[name] for name in (*names, facts.case.row["service_id"]) if name in facts.regions}),
        "tickets": [facts.tickets.get(name, name) for name in loss.incident_ids],
        "is_disputed": loss.is_disputed,
    }


def _stamp(at: Any) -> str:
    """Return an instant in UTC as tables print it; fractions of a second only where there are any."""
    text = exact_instant(at).removesuffix("Z")
    return text.replace("T", " ")


def _target(facts: Facts, sheet: Sheet, target: Any) -> View:
    label = f"{target['kind']} of {facts.tickets.get(target['incident_id'], target['incident_id'])}"
    return {
        "name": f"{facts.tickets.get(target['incident_id'], target['incident_id'])}, {target['severity']}",
        "kind": target["kind"],
        "start": _stamp(target["started_at"]),
        "due": _stamp(target["due_at"]),
        "stop": _stamp(target["stopped_at"]) if target["stopped_at"] else "still open",
        "over": sheet.duration(f"time over target, {label}", target["over_us"], row_source("incident_targets", target, "over_us", "R-CL3")),
    }


def _level(facts: Facts, sheet: Sheet, line: Line) -> View | None:
    """Return promised and measured level with its formula; None where single incidents are paid."""
    result = line.result
    if result is None or result["value_den"] is None:
        return None
    name = f"{line.credit['measure_id']}, {result['variant']}"
    num, den = int(result["value_num"]), int(result["value_den"])
    lowest = Fraction(num, den)
    is_time = result["kind"] == "availability" and 0 < den <= result["agreed_us"]
    return {
        "kind": words()["kinds"][result["kind"]],
        "target": sheet.level(f"target, {name}", result["target"], row_source("sla_results", result, "target", "R-AV4"))
        if result["target"] is not None
        else None,
        "sign": words()["claim_letter"]["comparators"].get(result["comparator"], ""),
        "value": sheet.percent(
            f"measured, {name}", num, den, row_source("sla_results", result, "value_num/value_den", "R-AV1"), result["target"]
        ),
        "fraction": f"{lowest.numerator:,} / {lowest.denominator:,}",
        "base": sheet.duration(f"time that counts, {name}", den, row_source("sla_results", result, "value_den", "R-AV1"))
        if is_time
        else None,
        "lost": sheet.duration(f"lost time, {name}", den - num, row_source("sla_results", result, "value_den - value_num", "R-AV2"))
        if is_time
        else None,
        "agreed": duration_words(result["agreed_us"]) if is_time else None,
        "excluded": duration_words(result["agreed_us"] - den) if is_time and den < result["agreed_us"] else None,
    }


def _request(sheet: Sheet, line: Line) -> View:
    """Return how one amount comes about: its share of which invoice lines, and what the agreement's limits leave of it."""
    credit, name = line.credit, f"{line.credit['measure_id']}, {line.credit['variant']}"
    is_share = credit["form"] in ("tiers", "per_block") and credit["pct"] is not None and credit["basis_amount"] is not None
    is_cut = credit["after_caps"] != credit["computed"]
    return {
        "pct": sheet.level(f"rate, {name}", credit["pct"], row_source("credits", credit, "pct", "R-CR1")) if is_share else None,
        "basis": sheet.money(
            f"fees, {name}", credit["basis_amount"], credit["currency"], row_source("credits", credit, "basis_amount", "R-CR5")
        )
        if credit["basis_amount"] is not None
        else None,
        "invoices": _invoices(credit["fee_lines"]),
        "computed": sheet.money(
            f"computed, {name}", credit["computed"], credit["currency"], row_source("credits", credit, "computed", "R-MO2")
        ),
        "due": sheet.money(
            f"after limits, {name}", credit["after_caps"], credit["currency"], row_source("credits", credit, "after_caps", "R-CR6")
        )
        if is_cut
        else None,
        "why": next((step["words"] for step in line.steps if step["step"] == "tier"), None),
        "tier": credit["tier"],
    }


def _less(facts: Facts) -> str | None:
    """Return why less is asked for than the lines add up to; None if it is all of it."""
    if facts.case.row["amount"] == sum((line.credit["after_caps"] or 0 for line in facts.lines), 0):
        return None
    return str(words()["claim_letter"]["lower" if facts.incident_id is None else "share"])


def _invoices(lines: Sequence[str]) -> str:
    """Return `invoice FW-2026-10, lines 1 and 2`."""
    by_invoice: dict[str, list[str]] = {}
    for line in lines:
        invoice, _, number = line.rpartition("/")
        by_invoice.setdefault(invoice, []).append(number)
    told = [f"invoice {name}, {'line' if len(own) == 1 else 'lines'} {_and(own)}" for name, own in by_invoice.items()]
    return "; ".join(told)


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _answer(facts: Facts) -> date | None:
    """Return by when the contract wants an answer if the letter is received on its own day; None if the text says nothing."""
    days = facts.case.terms.provider_decision_days
    return _local_day(facts) + timedelta(days=days) if days else None
