"""What the desk says: every claim in a few lines and as data, sums by currency, and what to do next (DOMAIN 3.9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tasks.claim.acts import NEXT
from tasks.claim.desk import Claim, ClaimDesk
from tasks.claim.preflight import Item
from tasks.model.claim_state import UNSENT
from tasks.model.instants import exact_instant
from tasks.model.money import money_words
from tasks.model.zones import local_wall

SUMS = {  # in the order in which they are told
    "at_risk": "at risk: lapses unless it is filed",
    "red": "of it red",
    "asked": "asked for, not decided",
    "awaited": "granted, not credited yet",
    "credited": "credited",
    "leaked": "leaked: lapsed, waived, refused, short or never credited",
}


@dataclass(frozen=True)
class Told:
    """The desk, or one claim of it, with its pre-flight list and where its papers lie."""

    desk: ClaimDesk
    claim: Claim | None = None
    items: Sequence[Item] = ()
    papers: Mapping[str, str] | None = None

    @property
    def is_whole(self) -> bool:
        """Tell whether all that is demanded is there."""
        return all(item.is_there or not item.is_demanded for item in self.items)

    def as_dict(self) -> dict[str, Any]:
        """Return it for --json."""
        if self.claim is not None:
            found = claim_data(self.claim)
            more = {"preflight": [item.as_dict() for item in self.items]} if self.items else {}
            return found | more | ({"papers": dict(self.papers)} if self.papers else {})
        return {
            "at": exact_instant(self.desk.now),
            "sums": {currency: {name: _json(value) for name, value in own.items()} for currency, own in self.desk.sums().items()},
            "claims": [claim_data(claim) for claim in self.desk.claims],
            "findings": list(self.desk.findings),
        }

    def in_words(self) -> str:
        """Return lines for a person."""
        if self.claim is not None:
            papers = [f"  {name}: {place}" for name, place in (self.papers or {}).items()]
            return "\n".join([*_lines(self.claim), *_listed(self.items), *papers])
        desk = self.desk
        at = local_wall(desk.home.display_timezone, desk.now)
        head = f"Claims of {desk.home.name}, {at:%Y-%m-%d %H:%M} {desk.home.display_timezone}"
        if not desk.claims:
            return "\n".join([f"{head}: none", *desk.findings, "a month's claims come with its pack: sla month YYYY-MM"])
        lines = [line for claim in desk.claims for line in _lines(claim)]
        return "\n".join([head, *sum_lines(desk), "", *lines, *desk.findings])


def sum_lines(desk: ClaimDesk) -> list[str]:
    """Return one line a kind of sum that is not zero everywhere."""
    sums = desk.sums()
    lines = []
    for name, label in SUMS.items():
        amounts = [money_words(own[name], currency) for currency, own in sums.items() if own[name]]
        if amounts or name == "at_risk":
            lines.append(f"  {', '.join(amounts) or 'nothing'} {label}")
    return lines


def claim_data(claim: Claim) -> dict[str, Any]:
    """Return one claim as data: the columns of the version that stands, and what follows from today."""
    kept = {name: _json(value) for name, value in claim.row.items() if name not in ("run_period", "as_of")}
    return kept | {
        "provider_id": claim.contract.provider.id,
        "days_left": claim.days_left,
        "lane": claim.lane,
        "at_risk": _json(claim.at_risk),
        "awaited": _json(claim.awaited),
        "leaked": _json(claim.leaked),
        "is_credit_missing": claim.is_credit_missing,
        "credits_found": [str(line) for line in claim.credits_found],
        "answer_by": _json(claim.answer_by),
        "next": next_step(claim),
        "is_simulated": claim.is_rehearsed,
        "versions": [{name: _json(row[name]) for name in ("version", "state", "amount")} for row in claim.versions],
    }


def next_step(claim: Claim) -> str:
    """Return what to do about a claim now, in words."""
    missing = [name.replace("_", " ") for name in claim.row["missing_content"]]
    match claim.state:
        case "draft" if missing:
            return f"prepare; missing: {', '.join(missing)}"
        case "draft":
            return "prepare"
        case "ready":
            return "file"
        case "filed":
            return "note the provider's receipt" + _answer(claim)
        case "acknowledged":
            return "wait for the decision" + _answer(claim)
        case "approved" | "partly_approved" if claim.credits_found:
            return f"note the settlement: {', '.join(map(str, claim.credits_found))}"
        case "approved" | "partly_approved" if claim.is_credit_missing:
            return f"ask where the credit is: it stands on none of {', '.join(claim.invoices_since)}"
        case "approved" | "partly_approved":
            return "wait for the credit"
        case "settled" if claim.credits_found:
            return f"note a further credit: {', '.join(map(str, claim.credits_found))}"
        case "settled" if claim.awaited:
            return f"ask for the rest, {money_words(claim.awaited, claim.row['currency'])}"
    return "nothing" if claim.state in ("settled", "waived", "lapsed") else NEXT[claim.state]


def _answer(claim: Claim) -> str:
    if claim.answer_by is None:
        return ""
    return f", due by {claim.answer_by}" if claim.today <= claim.answer_by else f", overdue since {claim.answer_by}"


def _lines(claim: Claim) -> Iterator[str]:
    row = claim.row
    protective = f", of it {money_words(row['disputed_amount'], row['currency'])} protective" if row["disputed_amount"] else ""
    marks = f", {claim.lane}" if claim.lane not in (None, "in time") else ""
    rehearsed = ", simulated clock" if claim.is_rehearsed else ""
    asked = f"{money_words(row['amount'], row['currency'])}{protective}"
    yield f"{claim.claim_id}  {asked}  {row['service_id']} {row['period']}, {row['contract_id']}"
    yield f"    {row['state'].replace('_', ' ')}{marks}{rehearsed}; {_when(claim)}"
    yield f"    next: {next_step(claim)}"


def _when(claim: Claim) -> str:
    row = claim.row
    if claim.state in UNSENT:
        left = f"{claim.days_left} days left" if claim.days_left != 1 else "1 day left"
        dates = f"prepare by {row['prepare_by']}, file by {row['file_by']}, red from {row['red_from']}"
        return f"{dates}, last day {row['last_day']} ({left}): {row['deadline_rule']}"
    told = [
        f"last day was {row['last_day']}" if claim.state == "lapsed" else "",
        f"filed {claim.local_day(row['filed_at'])}" if row["filed_at"] else "",
        f"case {row['provider_ref']}" if row["provider_ref"] else "",
        "no receipt" if "NO_RECEIPT" in row["flags"] else "",
        *_money(claim),
    ]
    return ", ".join(part for part in told if part)


def _money(claim: Claim) -> Iterator[str]:
    row, currency = claim.row, claim.row["currency"]
    for column, word in (("approved_amount", "granted"), ("settled_amount", "credited")):
        if row[column] is not None:
            yield f"{word} {money_words(row[column], currency)}"
    if claim.leaked:
        yield f"leaked {money_words(claim.leaked, currency)}"


def _listed(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        mark = "there  " if item.is_there else "MISSING" if item.is_demanded else "without"
        yield f"  {mark}  {item.name.replace('_', ' ')}: {item.source}" + (f"\n           {item.fix}" if item.fix else "")


def _json(value: Any) -> Any:
    match value:
        case datetime():
            return exact_instant(value)
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:.4f}"  # as money is written everywhere
        case _:
            return value
