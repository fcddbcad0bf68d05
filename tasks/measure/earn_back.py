"""Earn-back: credits that good months give back, as a contra-entry and never as a change of the result (R-EB1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from tasks.measure.chronic import HEADLINE, WindowLevel, place_of, windows_of
from tasks.measure.claimed import claim_id
from tasks.model.contract import Contract
from tasks.model.money import rounded
from tasks.model.period import Period
from tasks.model.remedies import EarnBack

Row = dict[str, Any]
ZERO = Decimal(0)


@dataclass(frozen=True)
class Standing:
    """How far a credit is on its way back, and the windows that were looked at."""

    status: Literal["running", "earned", "lost"]
    windows: tuple[WindowLevel, ...] = ()


def standing(clause: EarnBack, target_pct: Decimal | None, following: Sequence[WindowLevel]) -> Standing:
    """Return what the windows that follow a credit make of it.

    Args:
        clause: How many months, and what they must have reached.
        target_pct: The measure's target, for an average; None can never be reached.
        following: Finished windows after the credit's own, adjoining and in order.
    """
    needed = -(-clause.months // len(Period.parse(following[0].period).months())) if following else 1
    looked_at = tuple(following[:needed])
    if clause.condition == "each_at_or_above_target":
        missed = [window for window in looked_at if window.is_breached or not window.values]
        if missed:
            return Standing("lost", looked_at[: looked_at.index(missed[0]) + 1])
    if len(looked_at) < needed:
        return Standing("running", looked_at)
    if clause.condition == "average_at_or_above_target" and not _is_average_reached(looked_at, target_pct):
        return Standing("lost", looked_at)
    return Standing("earned", looked_at)


def _is_average_reached(windows: Sequence[WindowLevel], target_pct: Decimal | None) -> bool:
    values = [sum(window.values, Fraction(0)) / len(window.values) for window in windows if window.values]
    return target_pct is not None and len(values) == len(windows) and sum(values) / len(values) * 100 >= Fraction(target_pct)


def earn_backs_of(contracts: Iterable[Contract], levels: Sequence[Row], credits_: Iterable[Row], events: Iterable[Row]) -> list[Row]:
    """Return the rows of measured.earn_backs: one for each headline credit of a contract with such a clause that is worth anything.

    Args:
        contracts: All versions; a credit is earned back by the clause of its own.
        levels: Rows of measured.window_levels, of the run's windows and of those before.
        credits_: Rows of measured.credits of the same windows.
        events: Rows of claim_event: was the credit settled already?
    """
    by_version = {contract.contract_version_id: contract for contract in contracts}
    windows: dict[tuple[str, str, str], list[WindowLevel]] = defaultdict(list)
    for (contract_id, (service_id, measure_id, _)), window in windows_of(levels, HEADLINE):
        windows[contract_id, service_id, measure_id].append(window)
    settled = {event["claim_id"] for event in events if event["event"] == "settled"}
    found = []
    for line in credits_:
        contract = by_version[line["contract_version_id"]]
        if contract.earn_back and (line["variant"], line["reading"]) == (HEADLINE, "default") and (line["after_caps"] or ZERO) > 0:
            known = windows[line["contract_id"], line["service_id"], line["measure_id"]]
            found.append(_row(line, contract, _adjoining(known, place_of(line["period"])), settled))
    return found


def _adjoining(windows: Sequence[WindowLevel], place: int) -> list[WindowLevel]:
    """Return the windows that follow a place without a gap."""
    found: list[WindowLevel] = []
    for window in windows:
        if window.place == place + len(found) + 1:
            found.append(window)
    return found


def _row(line: Row, contract: Contract, following: Sequence[WindowLevel], settled: set[str]) -> Row:
    clause = contract.earn_back
    assert clause is not None
    found = standing(clause, getattr(contract.measures[line["measure_id"]], "target", None), following)
    share = Fraction(line["after_caps"]) * Fraction(clause.share_pct) / 100
    name = claim_id(line["contract_id"], line["service_id"], line["period"])
    return {
        "credit_id": line["credit_id"],
        "months": sorted(month.name for window in found.windows for month in Period.parse(window.period).months()),
        "amount": rounded(share, line["currency"], "half_up") if found.status == "earned" else ZERO,
        "currency": line["currency"],
        "status": found.status,
        "is_settled": name in settled,
    }
