"""Which tier a value reaches: literal edges, gaps by policy, the higher of two (R-CR1, R-CR2, R-CR9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Generic, Literal, Protocol, TypeVar

Edge = tuple[Decimal, bool] | None
GapPolicy = Literal["provider_favour", "milder_neighbour", "harsher_neighbour"]


class Band(Protocol):
    """A range of percentages or seconds; each end says whether it belongs to it, None does not bound."""

    @property
    def low(self) -> Edge:
        """Return the lower end."""

    @property
    def high(self) -> Edge:
        """Return the upper end."""


class CreditBand(Band, Protocol):
    """A band with a credit."""

    @property
    def credit_pct(self) -> Decimal:
        """Return the percentage of the basis."""


AnyBand = TypeVar("AnyBand", bound=Band)
AnyCreditBand = TypeVar("AnyCreditBand", bound=CreditBand)


@dataclass(frozen=True)
class Reached(Generic[AnyBand]):
    """The band that decides, if any, and what a reader should know about how it was found."""

    band: AnyBand | None
    flags: tuple[str, ...] = ()


def holds(band: Band, value: Fraction) -> bool:
    """Tell whether an exact value lies in a band."""
    return not _is_over(band, value) and not _is_under(band, value)


def tier_for(value: Fraction, tiers: Sequence[AnyCreditBand], gap_policy: GapPolicy, *, is_length: bool = False) -> Reached[AnyCreditBand]:
    """Return the tier that a value reaches: the highest of those that hold it, never a sum (R-CR1).

    Args:
        value: A percentage, or a length in seconds.
        tiers: As the contract has them, in any order.
        gap_policy: What holds for a value beyond one tier and outside all of them (R-CR2).
        is_length: Longer is worse; of percentages lower is.
    """
    holding = [tier for tier in tiers if holds(tier, value)]
    if holding:
        highest = max(holding, key=lambda tier: tier.credit_pct)
        return Reached(highest, ("TIER_OVERLAP",) if len(holding) > 1 else ())
    above = min((tier for tier in tiers if _is_under(tier, value)), key=_low, default=None)
    below = max((tier for tier in tiers if _is_over(tier, value)), key=_high, default=None)
    milder, harsher = (below, above) if is_length else (above, below)
    if milder is None:
        return Reached(None)
    by_policy = {"provider_favour": None, "milder_neighbour": milder, "harsher_neighbour": harsher or milder}
    return Reached(by_policy[gap_policy], ("TIER_GAP",))


def in_words(band: Band, unit: str) -> str:
    """Return a band as a text writes it: `below 99.9 %, at least 99.0 %`."""
    ends = []
    if band.high is not None:
        ends.append(f"{'at most' if band.high[1] else 'below'} {band.high[0]} {unit}")
    if band.low is not None:
        ends.append(f"{'at least' if band.low[1] else 'above'} {band.low[0]} {unit}")
    return ", ".join(ends)


def _is_over(band: Band, value: Fraction) -> bool:
    """Tell whether a value lies beyond the band's upper end."""
    if band.high is None:
        return False
    end = Fraction(band.high[0])
    return value > end or (value == end and not band.high[1])


def _is_under(band: Band, value: Fraction) -> bool:
    """Tell whether a value lies before the band's lower end."""
    if band.low is None:
        return False
    end = Fraction(band.low[0])
    return value < end or (value == end and not band.low[1])


def _low(band: Band) -> Decimal:
    return band.low[0] if band.low else Decimal("-Infinity")


def _high(band: Band) -> Decimal:
    return band.high[0] if band.high else Decimal("Infinity")
