"""The consolidated view: what is payable in several currencies, added up in one of them for reading only (R-MO3).

The currency is the one that reference/fx.csv quotes all others against: a row says that one unit of `base_currency` costs `rate` of
`quote_currency`. A currency without a rate that is fresh enough leaves no total, and is named.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tasks.model.money import exponent, rounded

Row = Mapping[str, Any]
RATE_PLACES = 9
AMOUNT_PLACES = 4
CONVERTED_PLACES = 12  # an amount in another currency is converted to so many decimals, half up, before amounts are added


@dataclass(frozen=True)
class Total:
    """A consolidated total, rounded once, with the rates that made it by currency."""

    amount: Decimal
    currency: str
    rates: Mapping[str, Row]

    @property
    def rate_words(self) -> list[str]:
        """Return each rate with its direction, its day and its source."""
        return [
            f"{currency} {row['rate'].normalize():f} per {self.currency} ({row['rate_source']}, {row['rate_on']})"
            for currency, row in self.rates.items()
        ]

    def column(self, column: str) -> str:
        """Return SQL that gives the total over `credits`, in whole numbers: each currency as `_converted`, the sum half up once."""
        sums = [f"coalesce(sum({column}) filter (where currency = '{self.currency}'), 0)::decimal(38, {CONVERTED_PLACES})"]
        for currency, row in self.rates.items():
            rate = int(row["rate"].scaleb(RATE_PLACES))
            units = f"(coalesce(sum({column}) filter (where currency = '{currency}'), 0) * {10**AMOUNT_PLACES})::hugeint"
            scale = 10 ** (CONVERTED_PLACES + RATE_PLACES - AMOUNT_PLACES)
            whole = f"((2 * {units} * {scale} + {rate}) // {2 * rate})"
            sums.append(f"{whole}::decimal(38, 0) * 0.{'1'.zfill(CONVERTED_PLACES)}::decimal({CONVERTED_PLACES}, {CONVERTED_PLACES})")
        return f"round({' + '.join(sums)}, {exponent(self.currency)})"


@dataclass(frozen=True)
class NoTotal:
    """Why there is no consolidated total."""

    why: str


def consolidated(amounts: Mapping[str, Decimal | None], rates: Sequence[Row], last_day: date, max_age_days: int) -> Total | NoTotal | None:
    """Return the total of amounts in several currencies; None of one currency, which needs none.

    Args:
        amounts: By currency; None where it is not known.
        rates: Rows of fx_rate.
        last_day: Of the window: the newest rate of that day or before holds.
        max_age_days: How much older it may be.
    """
    if len(amounts) < 2:
        return None
    known = {currency: amount for currency, amount in amounts.items() if amount is not None}
    if len(known) < len(amounts):
        return NoTotal("an amount is not known")
    fresh = [row for row in rates if last_day - timedelta(days=max_age_days) <= row["rate_on"] <= last_day and row["rate"] > 0]
    by_base: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in sorted(fresh, key=lambda row: (row["rate_on"], row["rate_source"])):
        by_base[row["base_currency"]][row["quote_currency"]] = row
    if not by_base:
        return NoTotal("reference/fx.csv has no fresh rate")
    base = min(by_base, key=lambda name: (len(_lacking(known, name, by_base[name])), name not in known, name))
    lacking = _lacking(known, base, by_base[base])
    if lacking:
        return NoTotal(f"reference/fx.csv has no fresh rate of {', '.join(lacking)} per {base}")
    used = {currency: by_base[base][currency] for currency in sorted(known) if currency != base}
    added = sum((_converted(known[name], row["rate"]) for name, row in used.items()), Fraction(known.get(base, Decimal(0))))
    return Total(rounded(added, base, "half_up"), base, used)


def _converted(amount: Decimal, rate: Decimal) -> Fraction:
    return Fraction(math.floor(Fraction(amount) / Fraction(rate) * 10**CONVERTED_PLACES + Fraction(1, 2)), 10**CONVERTED_PLACES)


def _lacking(amounts: Mapping[str, Decimal], base: str, rates: Mapping[str, Row]) -> list[str]:
    return sorted(set(amounts) - {base} - set(rates))
