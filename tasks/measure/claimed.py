"""What earlier windows of a contract year already took of its cap: claims approved or pending, by window (R-CR6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tasks.model.contract import Contract
from tasks.model.identity import short_id
from tasks.model.period import Period
from tasks.model.window import Window, listed_window
from tasks.model.zones import local_wall

Row = dict[str, Any]
ZERO = Decimal(0)
DROPPED = ("rejected", "withdrawn", "waived")
NOT_SENT = "prepared"  # nobody outside has seen it: what was filed before stands
DECIDED = ("approved", "partly_approved", "settled")
ASKED = ("filed", "amended")


def claimed_before(contract: Contract, start_at: datetime, services: Iterable[str], amounts: Mapping[str, Decimal]) -> Decimal:
    """Return what claims on earlier windows of the contract year took of its cap.

    Args:
        contract: The version whose caps hold.
        start_at: Start of the window that is judged.
        services: Those that the contract ever governed.
        amounts: By claim, as `standing_amounts` gives them.
    """
    if contract.credits.caps.contract_year_amount is None or not amounts:
        return ZERO
    periods = [window.name for window in _earlier_windows(contract, start_at)]
    claims = (short_id("K", [contract.contract_id, service_id, period]) for service_id in services for period in periods)
    return sum((amounts.get(claim, ZERO) for claim in claims), ZERO)


def standing_amounts(events: Iterable[Row]) -> dict[str, Decimal]:
    """Return by claim what it takes of a cap as things stand: approved, else asked for; nothing once it is given up or refused.

    Args:
        events: Rows of claim_event, in any order.
    """
    claims: dict[str, list[Row]] = defaultdict(list)
    for event in sorted(events, key=lambda event: (event["claim_version"], event["happened_at"], event["claim_event_id"])):
        if event["event"] != NOT_SENT:
            claims[event["claim_id"]].append(event)
    return {claim_id: _standing(history) for claim_id, history in claims.items()}


def _standing(history: list[Row]) -> Decimal:
    last = history[-1]["event"]
    if last in DROPPED:
        return ZERO
    asked = _latest(history, ASKED)
    if last not in DECIDED:
        return asked or ZERO
    decided = _latest(history, DECIDED[:2])
    settled = _latest(history, DECIDED[2:])
    return next((amount for amount in (decided, settled, asked) if amount is not None), ZERO)


def _latest(history: list[Row], kinds: tuple[str, ...]) -> Decimal | None:
    amounts = [event["amount"] for event in history if event["event"] in kinds and event["amount"] is not None]
    return amounts[-1] if amounts else None


def _earlier_windows(contract: Contract, start_at: datetime) -> Iterator[Window]:
    """Yield the windows that start in the contract year of a window and before it."""
    day = local_wall(contract.clock.timezone, start_at).date()
    first = _year_start(day, contract.credits.caps.contract_year_start)
    month = Period.month_of(first)
    while month.first_day <= day:
        window = listed_window(contract.clock, month)
        if window and window.start_at < start_at and local_wall(contract.clock.timezone, window.start_at).date() >= first:
            yield window
        month = month.next()


def _year_start(day: date, month_day: str) -> date:
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
