"""What may be done about a claim next, and the columns of the claim event that says so: order of states, amounts and dates (DOMAIN 3.9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from tasks.claim.credited import Credited
from tasks.claim.desk import Claim
from tasks.claim.preflight import Item
from tasks.model.errors import FaultsError, LedgerError
from tasks.model.instants import exact_instant
from tasks.model.money import in_minor, money_words
from tasks.model.zones import local_midnight

Verb = Literal["prepare", "file", "receipt", "decision", "settlement", "waive", "withdraw"]
Result = Literal["approved", "partly_approved", "rejected"]
Body = dict[str, Any]
ALLOWED: Mapping[Verb, tuple[str, ...]] = {
    "prepare": ("draft", "ready"),
    "file": ("ready",),
    "receipt": ("filed",),
    "decision": ("filed", "acknowledged", "approved", "partly_approved", "rejected"),
    "settlement": ("filed", "acknowledged", "approved", "partly_approved", "settled"),
    "waive": ("draft", "ready"),
    "withdraw": ("filed", "acknowledged"),
}
NEXT = {  # state: what is done about it as a rule
    "draft": "sla claims prepare",
    "ready": "sla claims file",
    "filed": "sla claims receipt, or decision",
    "acknowledged": "sla claims decision",
    "approved": "sla claims settlement",
    "partly_approved": "sla claims settlement",
    "settled": "nothing is left, but a further credit: sla claims settlement",
    "rejected": "sla claims decision, if the provider decides otherwise after all",
    "waived": "nothing: it was given up",
    "lapsed": "nothing: its deadline has passed; if the provider decides it all the same, sla claims decision",
}


@dataclass(frozen=True)
class Act:
    """One thing done about a claim, as a person says it.

    Attributes:
        verb: What was done.
        at: When; None for now.
        amount: Asked for, granted; None takes what the step before did.
        result: Of a decision.
        reason: Of a decision, a waiver or a withdrawal.
        provider_ref: The provider's own case number.
        receipt_sha256: Of the provider's receipt.
        content: Entries `name=sha256` of files and texts.
    """

    verb: Verb
    at: datetime | None = None
    amount: Decimal | None = None
    result: Result | None = None
    reason: str | None = None
    provider_ref: str | None = None
    receipt_sha256: str | None = None
    content: tuple[str, ...] = field(default=())


def event_of(claim: Claim, act: Act, items: Sequence[Item] = ()) -> Body:
    """Return the columns of the event that notes an act.

    Args:
        claim: As it stands.
        act: What was done; a settlement is noted by `settlement_of`.
        items: The pre-flight list of what is prepared.

    Raises:
        FaultsError: With everything that is wrong with it.
    """
    event = _event_word(claim, act)
    faults = [*_out_of_order(claim, act), *_dates(claim, act.at), *_amounts(claim, act, event), *_wordless(act)]
    if items:
        faults += [item.fault(claim.claim_id) for item in items if item.is_demanded and not item.is_there]
    if faults:
        raise FaultsError(faults)
    amount = claim.row["amount"] if act.verb in ("prepare", "file") and act.amount is None else act.amount
    if event == "approved" and amount is None:
        amount = claim.row["amount"]
    told = {
        "amount": None if amount is None else str(amount),
        "currency": None if amount is None else claim.row["currency"],
        "receipt_sha256": act.receipt_sha256,
        "provider_ref": act.provider_ref,
        "note": act.reason,
        "content": sorted(act.content) or None,
    }
    return _body(claim, event, act.at) | {name: value for name, value in told.items() if value is not None}


def settlement_of(claim: Claim, lines: Sequence[Credited], at: datetime | None) -> list[Body]:
    """Return one event for each line of an invoice that pays the claim back.

    Raises:
        FaultsError: If a line is in another currency, charges, gives more than is open, or there is none.
    """
    faults: list[LedgerError] = [*_out_of_order(claim, Act("settlement", at)), *_dates(claim, at)]
    if not lines:
        fix = "land the invoice whose line names it in credit_of (its id, or the provider's case), or say which: --invoice and --line"
        faults.append(LedgerError("no line of a staged invoice credits this claim", where=claim.claim_id, fix=fix))
    granted = claim.row.get("approved_amount")
    open_amount = (claim.row["amount"] if granted is None else granted) - claim.credited
    bodies = []
    for line in lines:
        if fault := line.fault(claim.row["currency"], open_amount):
            faults.append(fault)
        else:
            open_amount -= line.amount
            bodies.append(_settled(claim, line, at))
    if faults:
        raise FaultsError(faults)
    return bodies


def _settled(claim: Claim, line: Credited, at: datetime | None) -> Body:
    """Return a settlement; it happened on the day of the invoice, as far as that was after the filing."""
    issued_at = local_midnight(claim.contract.clock.timezone, line.issued_on) if line.issued_on else None
    happened_at = at or (max(issued_at, _last_at(claim) or issued_at) if issued_at else None)
    told = {"amount": str(line.amount), "currency": line.currency, "invoice_id": line.invoice_id, "line_no": line.line_no}
    return _body(claim, "settled", happened_at) | told


def _event_word(claim: Claim, act: Act) -> str:
    match act.verb:
        case "file":
            return "amended" if any(event["event"] in ("filed", "amended") for event in claim.events) else "filed"
        case "decision":
            return act.result or "approved"
    return {"prepare": "prepared", "receipt": "acknowledged", "waive": "waived", "withdraw": "withdrawn", "settlement": "settled"}[act.verb]


def _body(claim: Claim, event: str, at: datetime | None) -> Body:
    body = {"claim_id": claim.claim_id, "claim_version": claim.row["version"], "event": event}
    return body if at is None else body | {"happened_at": exact_instant(at)}


def _out_of_order(claim: Claim, act: Act) -> Iterator[LedgerError]:
    """Yield a fault if a claim that stands so does not take this act: not yet, not twice, or no more."""
    is_decided_late = claim.state == "lapsed" and claim.row["filed_at"] is not None and act.verb == "decision"
    if claim.state not in ALLOWED[act.verb] and not is_decided_late:
        what = f"{act.verb}: this claim is {claim.state.replace('_', ' ')}"
        missing = claim.row["missing_content"]
        lacking = f"; {', '.join(missing)} is missing, then {NEXT['draft']} again" if claim.state == "draft" and missing else ""
        known = [f"{act.verb} follows {state.replace('_', ' ')}" for state in ALLOWED[act.verb]]
        yield LedgerError(what, where=claim.claim_id, known=known, fix=f"next: {NEXT[claim.state]}{lacking}")
    last = claim.own_events[-1] if claim.own_events else None
    is_same = act.verb == "decision" and last and last["event"] == act.result and act.amount in (None, last["amount"])
    if is_same and claim.state == act.result:
        yield LedgerError(f"decision: {act.result} is on record already", where=claim.claim_id, fix=f"next: {NEXT[claim.state]}")


def _dates(claim: Claim, at: datetime | None) -> Iterator[LedgerError]:
    last = _last_at(claim)
    if at is not None and at > claim.now:
        yield LedgerError(f"{exact_instant(at)} lies in the future", where="--at", fix="name when it happened")
    if last is not None and (at or claim.now) < last:
        fix = "an act follows the one before it; sla decide list --kind claim_event shows them"
        yield LedgerError(f"{exact_instant(at or claim.now)} is before what was done last, {exact_instant(last)}", where="--at", fix=fix)
    if at is not None and last is None and at < claim.row["as_of"]:
        fix = "a claim can be prepared once the month's pack says what is owed"
        yield LedgerError(f"{exact_instant(at)} is before the pack that it follows from", where="--at", fix=fix)


def _last_at(claim: Claim) -> datetime | None:
    return claim.own_events[-1]["happened_at"] if claim.own_events else None


def _amounts(claim: Claim, act: Act, event: str) -> Iterator[LedgerError]:
    asked, currency = claim.row["amount"], claim.row["currency"]

    def fault(what: str, fix: str) -> LedgerError:
        return LedgerError(what, where="--amount", fix=fix)

    if event == "partly_approved" and act.amount is None:
        yield fault("a part was granted, but not which", f"give the amount granted of {money_words(asked, currency)}")
    if event == "rejected" and act.amount:
        yield fault("a rejection grants nothing", "leave the amount out, or use --result partly_approved")
    if act.amount is None or event == "rejected":
        return
    told = money_words(act.amount, currency)
    try:
        in_minor(act.amount, currency)
    except ValueError:
        yield fault(f"{told} is no multiple of the smallest unit of {currency}", "write the amount as it is booked")
    if act.amount <= 0:
        yield fault(f"{told} is no amount", "write a positive amount")
    elif event == "partly_approved" and act.amount >= asked:
        yield fault(f"{told} is not less than was asked for, {money_words(asked, currency)}", "use --result approved")
    elif event == "approved" and act.amount != asked:
        less = "use --result partly_approved" if act.amount < asked else "note what was asked for; the rest is no part of this claim"
        yield fault(f"{told} is not what was asked for, {money_words(asked, currency)}", less)


def _wordless(act: Act) -> Iterator[LedgerError]:
    is_refused = act.verb == "decision" and act.result in ("rejected", "partly_approved")
    if (is_refused or act.verb in ("waive", "withdraw")) and not (act.reason or "").strip():
        yield LedgerError(f"{act.verb} without a reason", where="--reason", fix="say why, in the provider's words if they are theirs")
    if act.verb == "decision" and act.result is None:
        known = ("approved", "partly_approved", "rejected")
        yield LedgerError("nothing says how it was decided", where="--result", known=known, fix="use one of them")
