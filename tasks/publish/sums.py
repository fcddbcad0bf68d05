"""Sums of money over rows of a table, known before they are printed: one of them not known makes the sum not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tasks.publish.draft import Row
from tasks.publish.numbers import Figure, Sheet, Source


@dataclass(frozen=True)
class Sum:
    """An amount over credits that is not printed yet; None where it is not known."""

    label: str
    amount: Decimal | None
    currency: str
    source: Source
    credit_ids: Sequence[str] = ()

    def printed(self, sheet: Sheet) -> Figure:
        """Print it."""
        return sheet.money(f"{self.label}, {self.currency}", self.amount, self.currency, self.source)


def total(column: str, label: str, rows: Sequence[Row], currency: str, key: Mapping[str, Any], rule_id: str = "R-CR6") -> Sum:
    """Return a sum over credits; not known if one of them is not."""
    known = [row[column] for row in rows if row[column] is not None]
    amount = sum(known, Decimal("0.0000")) if len(known) == len(rows) else None
    exact = f"case when count({column}) = count(*) then coalesce(sum({column}), 0) end"
    return Sum(label, amount, currency, Source("credits", key, exact, rule_id), [row["credit_id"] for row in rows])
