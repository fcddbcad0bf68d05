"""Money: exact amounts, minor units, rounding once, and shares that add up (R-MO1, R-MO2, R-CR6)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal

Mode = Literal["half_up", "half_even", "down", "up"]

# ISO 4217, list one: currencies whose minor unit is not 2. CLDR (babel) is no source here: it gives the digits that are printed where
# people live, 0 for RSD and IQD, not those that are booked
NO_PARTS = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF")
THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
EXPONENTS = {**dict.fromkeys(NO_PARTS, 0), **dict.fromkeys(THOUSANDTHS, 3), **dict.fromkeys(("CLF", "UYW"), 4)}
USUAL_EXPONENT = 2


def exponent(currency: str) -> int:
    """Return how many decimals an ISO 4217 currency has: 0 JPY, 2 EUR, 3 KWD."""
    return EXPONENTS.get(currency, USUAL_EXPONENT)


def rounded(amount: Fraction, currency: str, mode: Mode = "half_up") -> Decimal:
    """Return an exact amount (at least 0) rounded to the currency's minor unit (R-MO2).

    Raises:
        ValueError: If the amount is negative: a credit never is.
    """
    if amount < 0:
        raise ValueError(f"{amount} {currency} is negative")
    return of_minor(round_whole(amount * 10 ** exponent(currency), mode), currency)


def round_whole(amount: Fraction, mode: Mode) -> int:
    """Return a number of at least 0 rounded to a whole one."""
    whole, rest = divmod(amount, 1)
    half = Fraction(1, 2)
    match mode:
        case "down":
            is_up = False
        case "up":
            is_up = rest > 0
        case "half_up":
            is_up = rest >= half
        case "half_even":
            is_up = rest > half or (rest == half and whole % 2 == 1)
    return int(whole) + is_up


def of_minor(minor: int, currency: str) -> Decimal:
    """Return an amount given in minor units: 12345 EUR is 123.45."""
    return Decimal(minor).scaleb(-exponent(currency))


def in_minor(amount: Decimal, currency: str) -> int:
    """Return an amount in minor units.

    Raises:
        ValueError: If it is no multiple of the minor unit.
    """
    minor = Fraction(amount) * 10 ** exponent(currency)
    if minor.denominator != 1:
        raise ValueError(f"{amount} {currency} is no multiple of the minor unit")
    return int(minor)


def scaled_to(amounts: Sequence[Decimal], limit: Fraction, currency: str) -> list[Decimal]:
    """Return amounts brought down to a limit in proportion, exactly, by largest remainder (R-CR6).

    Args:
        amounts: Multiples of the minor unit, in the order in which ties are broken (by line id).
        limit: What they may add up to; what is less than a minor unit of it is left.
        currency: Of all of them.

    Returns:
        The amounts as they are, if they are within the limit; else ones that add up to it.
    """
    parts = [in_minor(amount, currency) for amount in amounts]
    total, room = sum(parts), round_whole(max(limit, Fraction(0)) * 10 ** exponent(currency), "down")
    if total <= room:
        return list(amounts)
    return divided(of_minor(room, currency), parts, currency)


def divided(amount: Decimal, weights: Sequence[int], currency: str) -> list[Decimal]:
    """Return an amount divided by weights, exactly, by largest remainder, ties to the first; by equal parts where all weights are 0."""
    minor, total = in_minor(amount, currency), sum(weights)
    if total == 0:
        return divided(amount, [1] * len(weights), currency)
    shares = [divmod(weight * minor, total) for weight in weights]
    left = minor - sum(whole for whole, _ in shares)
    by_remainder = sorted(range(len(weights)), key=lambda place: -shares[place][1])
    lucky = set(by_remainder[:left])
    return [of_minor(whole + (place in lucky), currency) for place, (whole, _) in enumerate(shares)]


def money_words(amount: Decimal | Fraction, currency: str) -> str:
    """Return `EUR 1,250.00`, as steps, errors and pages write it: the currency's decimals, and up to four where the amount has them."""
    places = exponent(currency)
    exact = Fraction(amount)
    if (exact * 10**places).denominator != 1:
        places = max(places, 4)
    value = Decimal(round_whole(abs(exact) * 10**places, "half_up")).scaleb(-places)
    shown = max(exponent(currency), -int(value.normalize().as_tuple().exponent))
    return f"{currency} {'−' if exact < 0 else ''}{value:,.{shown}f}"
