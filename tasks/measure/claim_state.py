"""What was done about a claim, by the events that people and providers made of it (DOMAIN 3.9, R-DL3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tasks.measure.deadlines import received_in_time
from tasks.model.zones import local_wall

Row = dict[str, Any]
ZERO = Decimal(0)
STATES = {
    "prepared": "ready",
    "filed": "filed",
    "amended": "filed",
    "acknowledged": "acknowledged",
    "approved": "approved",
    "partly_approved": "partly_approved",
    "rejected": "rejected",
    "settled": "settled",
    "withdrawn": "waived",  # we ask for it no more
    "waived": "waived",
}
SENT = ("filed", "amended")
ASKED = ("prepared", *SENT)
UNDECIDED = ("filed", "acknowledged")
FINAL = ("rejected", "settled", "waived", "lapsed")


@dataclass(frozen=True)
class Done:
    """How one version of a claim stands. `amount` is what was asked for; `columns` are those of table claims."""

    version: int
    state: str
    amount: Decimal
    flags: tuple[str, ...] = ()
    columns: Row = field(default_factory=dict)


def done_about(events: Sequence[Row], deadline_at: datetime, timezone: str, owed: Decimal) -> list[Done]:
    """Return how each version of a claim stands, oldest first.

    A version that was received after its deadline has lapsed until the provider decides it all the same.

    Args:
        events: Of one claim, in order.
        deadline_at: Received strictly before it is in time.
        timezone: Of the contract: the day of settlement is local.
        owed: What may be asked for now: what an event without an amount asks for.
    """
    versions = sorted({event["claim_version"] for event in events})
    return [_version([event for event in events if event["claim_version"] == version], deadline_at, timezone, owed) for version in versions]


def _version(events: Sequence[Row], deadline_at: datetime, timezone: str, owed: Decimal) -> Done:
    state = STATES[events[-1]["event"]]
    sent = [event for event in events if event["event"] in SENT]
    told = _newest(events, "amount", ASKED)
    amount = owed if told is None else told
    if not sent:
        return Done(events[0]["claim_version"], state, amount)
    receipt = next((event for event in events if event["event"] == "acknowledged" or event["receipt_sha256"]), None)
    filed_at, received_at = sent[0]["happened_at"], receipt["happened_at"] if receipt else None
    is_in_time, flags = received_in_time(deadline_at, received_at, filed_at)
    received = {
        "filed_at": filed_at,
        "received_at": received_at or filed_at,
        "receipt_sha256": _newest(events, "receipt_sha256"),
        "provider_ref": _newest(events, "provider_ref"),
    }
    late = state in UNDECIDED and not is_in_time
    return Done(events[0]["claim_version"], "lapsed" if late else state, amount, flags, received | _decided(events, amount, timezone))


def _decided(events: Sequence[Row], amount: Decimal, timezone: str) -> Row:
    """Return what the provider granted and what it credited; a decision without an amount grants what was asked for."""
    kinds = {event["event"] for event in events}
    granted = _newest(events, "amount", ("approved", "partly_approved"))
    if granted is None:
        granted = ZERO if "rejected" in kinds else amount if kinds & {"approved", "settled"} else None
    if "settled" not in kinds:
        return {"approved_amount": granted}
    told = [event["amount"] for event in events if event["event"] == "settled" and event["amount"] is not None]
    return {
        "approved_amount": granted,
        "settled_amount": sum(told, ZERO) if told else granted,
        "settled_on": _settled_on(events, timezone),
        "invoice_id": _newest(events, "invoice_id", ("settled",)),
    }


def _settled_on(events: Sequence[Row], timezone: str) -> date:
    last = max(event["happened_at"] for event in events if event["event"] == "settled")
    return local_wall(timezone, last).date()


def _newest(events: Sequence[Row], column: str, kinds: Sequence[str] = tuple(STATES)) -> Any:
    """Return the newest value of a column that events of some kinds tell; None if none does."""
    return next((event[column] for event in reversed(events) if event["event"] in kinds and event[column] is not None), None)
