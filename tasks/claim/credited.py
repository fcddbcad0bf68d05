"""Lines of invoices that pay a claim back: found by the claim they name, and held against what was granted (DOMAIN 3.9, RC-D12)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tasks.model.errors import LedgerError
from tasks.model.money import money_words
from tasks.store.engine import Engine

LINES = """
    select
        line.invoice_id,
        line.line_no,
        -line.amount as amount,
        line.currency,
        line.credit_of,
        invoice.provider_id,
        invoice.issued_on
    from staged.invoice_line as line
    left join staged.invoice as invoice on line.source_system = invoice.source_system and line.invoice_id = invoice.invoice_id
    where line.credit_of is not null or line.amount < 0
    order by invoice.issued_on, line.invoice_id, line.line_no
"""
ISSUED = """
    select provider_id, period, min(invoice_id) as invoice_id, min(coalesce(issued_on, last_day((period || '-01')::date))) as issued_on
    from staged.invoice
    group by provider_id, period
    order by provider_id, issued_on, invoice_id
"""


@dataclass(frozen=True)
class Credited:
    """A line that names a claim in `credit_of`, or gives something back. `amount` is what it gives: at most 0 if it charges."""

    invoice_id: str
    line_no: int
    amount: Decimal
    currency: str
    issued_on: date | None
    provider_id: str | None
    credit_of: str | None

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.line_no} {money_words(self.amount, self.currency)}"

    def fault(self, currency: str, open_amount: Decimal) -> LedgerError | None:
        """Return what is wrong with it as a credit of a claim; None if it pays all that is open, or a part.

        Args:
            currency: The claim's.
            open_amount: What was granted, else asked for, less what was credited before.
        """
        where = f"invoice line {self.invoice_id}/{self.line_no}"
        if self.currency != currency:
            what = f"credits {money_words(self.amount, self.currency)}; the claim is in {currency}"
            return LedgerError(what, where=where, fix="ask the provider to credit in the contract's currency: none is converted (R-MO3)")
        if self.amount <= 0:
            return LedgerError("is a charge, no credit", where=where, fix="credits are negative lines; ask the provider to correct it")
        if self.amount > open_amount:
            what = f"credits {money_words(self.amount, currency)}, but only {money_words(open_amount, currency)} is open"
            fix = "ask the provider what the rest is for; note the decision first if more was granted than is on record"
            return LedgerError(what, where=where, fix=fix)
        return None


@dataclass(frozen=True)
class InvoiceBook:
    """The invoices that are staged: credit lines by what they name, and of each provider one invoice a period."""

    lines: Sequence[Credited]
    issued: Mapping[str, Sequence[tuple[date, str]]]

    @classmethod
    def read(cls, engine: Engine) -> InvoiceBook:
        """Return the invoices that an engine shows."""
        issued: dict[str, list[tuple[date, str]]] = {}
        for row in engine.rows(ISSUED):
            issued.setdefault(row["provider_id"], []).append((row["issued_on"], row["invoice_id"]))
        return cls([Credited(**row) for row in engine.rows(LINES)], issued)

    def credits_of(self, refs: Collection[str]) -> list[Credited]:
        """Return the lines that name one of these references, by date."""
        named = {_plain(ref) for ref in refs}
        return [line for line in self.lines if line.credit_of and _plain(line.credit_of) in named]

    def credits_on(self, provider_id: str | None, invoice_id: str, line_no: int | None) -> list[Credited]:
        """Return the lines of one invoice of a provider that give something back, or the one that is named."""
        own = [line for line in self.lines if (line.provider_id, line.invoice_id) == (provider_id, invoice_id)]
        return [line for line in own if line_no in (None, line.line_no)]

    def issued_after(self, provider_id: str | None, day: date) -> list[str]:
        """Return a provider's invoices issued after a day, one a period."""
        return [invoice_id for issued_on, invoice_id in self.issued.get(provider_id or "", ()) if issued_on > day]


def _plain(ref: str) -> str:
    return ref.strip().casefold()
