"""How a claim stands by the events that people and providers made of it (DOMAIN 3.9, R-DL3): for the measured room and the claim desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

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
UNSENT = ("draft", "ready")
UNDECIDED = ("filed", "acknowledged")
DECISIONS = ("approved", "partly_approved", "rejected")
FINAL = ("rejected", "settled", "waived", "lapsed")


@dataclass(frozen=True)
class Asking:
    """What may be asked for as things are measured.

    Attributes:
        amount: All of it, with what hangs on disputes.
        disputed: That part.
        deadline_at: Received strictly before it is in time.
        timezone: Of the contract: the day of settlement is local.
        missing: Content that the text demands and the pack does not hold.
        flags: Of the claim, whatever was done about it.
    """

    amount: Decimal
    disputed: Decimal
    deadline_at: datetime
    timezone: str
    missing: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()


def versions_of(asking: Asking, events: Sequence[Row], as_of: datetime) -> list[Row]:
    """Return the columns of each version of one claim: those that something was done about, then what is to ask for now if that is
    something else.

    Args:
        asking: What may be asked for.
        events: Of this claim, as `histories` orders them.
        as_of: A version that nobody sent by its deadline has lapsed.
    """
    done = done_about(events, asking.deadline_at, asking.timezone, asking.amount)
    is_late = as_of >= asking.deadline_at
    if _is_new(done, asking.amount, is_late=is_late):
        done.append(Done(done[-1].version + 1 if done else 1, "draft", asking.amount))
    return [_columns(one, asking, events, is_late=is_late) for one in done]


def _columns(done: Done, asking: Asking, events: Sequence[Row], *, is_late: bool) -> Row:
    missing = sorted(asking.missing - supplied(events, done.version))
    state = _state(done.state, is_late=is_late, is_whole=not missing)
    settled = done.columns.get("settled_amount") or ZERO
    clawback = ["CLAWBACK_CANDIDATE"] if settled > asking.amount else []
    return {
        "version": done.version,
        "amount": done.amount,
        "disputed_amount": min(asking.disputed, done.amount),
        "state": state,
        "missing_content": missing if state in UNSENT else [],
        "leakage": max(done.amount - settled, ZERO) if state in FINAL else ZERO,
        "flags": sorted({*done.flags, *asking.flags, *clawback}),
        **done.columns,
    }


def supplied(events: Sequence[Row], version: int) -> frozenset[str]:
    """Return the content that was supplied with a version, beyond what the pack holds: entries of column `content` are `name=sha256`."""
    own = [entry for event in events if event["claim_version"] == version for entry in event.get("content") or ()]
    return frozenset(entry.partition("=")[0] for entry in own)


def histories(events: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the events of each claim in the order of its versions and, within one, of what happened."""
    claims: dict[str, list[Row]] = defaultdict(list)
    for event in sorted(events, key=lambda event: (event["claim_version"], event["happened_at"], event["claim_event_id"])):
        claims[event["claim_id"]].append(event)
    return dict(claims)


def _is_new(done: Sequence[Done], amount: Decimal, *, is_late: bool) -> bool:
    """Tell whether what is to ask for now needs a version of its own: nothing was done yet, or another amount was asked for (R-RS3).

    Not after the deadline, not where we gave it up, and not to ask for less than was settled: that people decide (R-RS2).
    """
    if not done:
        return True
    last = done[-1]
    is_settled = last.state == "settled"
    is_other = amount > last.amount if is_settled else amount != last.amount
    return is_other and amount > 0 and not is_late and last.state != "waived"


def _state(state: str, *, is_late: bool, is_whole: bool) -> str:
    """Return the state of a version: what nobody sent lapses with its deadline, and is ready only with all that the text demands."""
    if state not in UNSENT:
        return state
    return "lapsed" if is_late else state if is_whole else "draft"


def received_in_time(deadline_at: datetime, received_at: datetime | None, sent_at: datetime | None) -> tuple[bool, tuple[str, ...]]:
    """Return whether a claim was received in time, and flags: without a receipt our sending instant stands in (E132)."""
    if received_at is not None:
        return received_at < deadline_at, ()
    return (sent_at or datetime.max.replace(tzinfo=UTC)) < deadline_at, ("NO_RECEIPT",)


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
    granted = _granted(next((event for event in reversed(events) if event["event"] in DECISIONS), None), amount)
    if granted is None and "settled" in kinds:
        granted = amount
    if "settled" not in kinds:
        return {"approved_amount": granted}
    told = [event["amount"] for event in events if event["event"] == "settled" and event["amount"] is not None]
    return {
        "approved_amount": granted,
        "settled_amount": sum(told, ZERO) if told else granted,
        "settled_on": _settled_on(events, timezone),
        "invoice_id": _newest(events, "invoice_id", ("settled",)),
    }


def _granted(decision: Row | None, amount: Decimal) -> Decimal | None:
    """Return what the newest decision grants, whatever was decided before; None if it does not say."""
    if decision is None:
        return None
    if decision["event"] == "rejected":
        return ZERO
    told: Decimal | None = decision["amount"]
    return amount if told is None and decision["event"] == "approved" else told


def _settled_on(events: Sequence[Row], timezone: str) -> date:
    last = max(event["happened_at"] for event in events if event["event"] == "settled")
    return local_wall(timezone, last).date()


def _newest(events: Sequence[Row], column: str, kinds: Sequence[str] = tuple(STATES)) -> Any:
    """Return the newest value of a column that events of some kinds tell; None if none does."""
    return next((event[column] for event in reversed(events) if event["event"] in kinds and event[column] is not None), None)
