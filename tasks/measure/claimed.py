"""What earlier windows of a quarter and a contract year took of their caps: claims approved or pending, by window (R-CR6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tasks.model.claim_state import histories
from tasks.model.contract import Contract
from tasks.model.identity import short_id
from tasks.model.period import Period
from tasks.model.window import Window, listed_window
from tasks.model.zones import local_wall

Row = dict[str, Any]
ZERO = Decimal(0)
DROPPED = ("rejected", "withdrawn", "waived")
NOT_SENT = "prepared"  # nobody outside has seen it: what was filed before stands
APPROVED, PAID = ("approved", "partly_approved"), "settled"
ASKED = ("filed", "amended")


def claim_id(contract_id: str, service_id: str, period: str, *incident_id: str) -> str:
    """Return the id of a claim: of a window, or of one incident in it where the contract says so (tables.yml, ids)."""
    return short_id("K", [contract_id, service_id, period, *incident_id])


@dataclass(frozen=True)
class Taken:
    """What claims on earlier windows took of the caps of a quarter and of a contract year (R-CR6)."""

    quarter: Decimal = ZERO
    year: Decimal = ZERO


def claimed_before(contract: Contract, start_at: datetime, subjects: Iterable[Sequence[str]], amounts: Mapping[str, Decimal]) -> Taken:
    """Return what claims on earlier windows of the calendar quarter and of the contract year took of their caps.

    Args:
        contract: The version whose caps hold.
        start_at: Start of the window that is judged.
        subjects: What claims are of: each service that the contract ever governed, alone and with each of its incidents.
        amounts: By claim, as `standing_amounts` gives them.
    """
    if not amounts:
        return Taken()
    day = local_wall(contract.clock.timezone, start_at).date()
    named, caps = list(subjects), contract.credits.caps

    def taken(first: date) -> Decimal:
        periods = [window.name for window in _earlier_windows(contract, start_at, first)]
        claims = (claim_id(contract.contract_id, subject[0], period, *subject[1:]) for subject in named for period in periods)
        return sum((amounts.get(name, ZERO) for name in claims), ZERO)

    return Taken(
        taken(Period.month_of(day).quarter().first_day) if caps.days_of_service_per_quarter is not None else ZERO,
        taken(year_start(day, caps.contract_year_start)) if caps.contract_year_amount is not None else ZERO,
    )


def standing_amounts(events: Iterable[Row]) -> dict[str, Decimal]:
    """Return by claim what it takes of a cap as things stand: approved, else asked for; nothing once it is given up or refused.

    Args:
        events: Rows of claim_event, in any order.
    """
    sent = [event for event in events if event["event"] != NOT_SENT]
    return {claim_id: _standing(history) for claim_id, history in histories(sent).items()}


def _standing(history: list[Row]) -> Decimal:
    """Return what one claim takes; what was paid stays taken, and a waived amendment, which nobody outside has seen, changes nothing."""
    paid = sum((event["amount"] for event in history if event["event"] == PAID and event["amount"] is not None), ZERO)
    first = history[0]["claim_version"]
    stays = [event for event in history if event["event"] != "waived" or event["claim_version"] == first]
    last = stays[-1]["event"]
    if last in DROPPED:
        return paid
    asked = _latest(stays, ASKED) or ZERO
    if last not in (*APPROVED, PAID):
        return asked
    decision = next((event for event in reversed(stays) if event["event"] in APPROVED), None)
    if decision is None:
        return paid or asked
    return asked if decision["amount"] is None else Decimal(decision["amount"])


def _latest(history: list[Row], kinds: tuple[str, ...]) -> Decimal | None:
    amounts = [event["amount"] for event in history if event["event"] in kinds and event["amount"] is not None]
    return amounts[-1] if amounts else None


def _earlier_windows(contract: Contract, start_at: datetime, first: date) -> Iterator[Window]:
    """Yield the windows that start on a day or after it, and before a window."""
    day = local_wall(contract.clock.timezone, start_at).date()
    month = Period.month_of(first)
    while month.first_day <= day:
        window = listed_window(contract.clock, month)
        if window and window.start_at < start_at and local_wall(contract.clock.timezone, window.start_at).date() >= first:
            yield window
        month = month.next()


def year_start(day: date, month_day: str) -> date:
    """Return the last day on or before a day on which a contract year begins; 29 February is the 28th where there is none."""
    for year in (day.year, day.year - 1):
        text = f"{year}-{month_day}"
        try:
            start = date.fromisoformat(text)
        except ValueError:
            start = date(year, 2, 28)
        if start <= day:
            return start
    raise ValueError(f"no year begins before {day}")
