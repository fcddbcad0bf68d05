"""The fee base of a credit: recurring charges as invoiced, or a fee the contract states, prorated (R-CR5, R-VE1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tasks.measure.forms import Basis
from tasks.model.errors import LedgerError
from tasks.model.money import money_words
from tasks.model.period import Period
from tasks.model.remedies import CreditTerms, StatedFee

MONTHS_OF = {"month": 1, "billing_cycle": 1, "quarter": 3}
HOUR_WORDS = ("h", "hour", "hours")
MARKED = ("support_charges", "overage_charges")  # kinds of charge that begin the fee_line_id of their lines


@dataclass(frozen=True)
class FeeLine:
    """One charge on an invoice."""

    name: str
    provider_id: str | None
    service_id: str | None
    period: str
    amount: Decimal
    currency: str
    unit: str | None
    unit_price: Decimal | None
    is_one_time: bool
    is_tax: bool
    fee_line_id: str

    @property
    def kinds(self) -> frozenset[str]:
        """Return what the line is, in the words of exclude_from_basis."""
        told = {"one_time_charges": self.is_one_time, "taxes": self.is_tax}
        return frozenset(kind for kind, is_so in told.items() if is_so) | {kind for kind in MARKED if self.fee_line_id.startswith(kind)}

    def is_recurring(self, terms: CreditTerms) -> bool:
        """Tell whether the line belongs to the basis: in the contract's currency, and of no kind that the text excludes."""
        return self.currency == terms.currency and not self.kinds & set(terms.exclude_from_basis)


@dataclass(frozen=True)
class Share:
    """The part of a window that is judged, in µs: its length, how much of it the service was active, and the whole window's length."""

    period: str
    part_us: int
    active_us: int
    window_us: int


class FeeBook:
    """Charges of a home by service and by provider, a month at a time."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._by_service: dict[tuple[str, str], list[FeeLine]] = defaultdict(list)
        self._by_provider: dict[tuple[str, str], list[FeeLine]] = defaultdict(list)
        self._totals: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(dict)
        for row in rows:
            self._add(row)

    def _add(self, row: Mapping[str, Any]) -> None:
        line = FeeLine(
            name=f"{row['invoice_id']}/{row['line_no']}",
            **{field: row[field] for field in FeeLine.__dataclass_fields__ if field != "name"},
        )
        if line.service_id:
            self._by_service[line.service_id, line.period].append(line)
        if line.provider_id:
            self._by_provider[line.provider_id, line.period].append(line)
            if row["invoice_total"] is not None:
                self._totals[line.provider_id, line.period][row["invoice_id"]] = row["invoice_total"]

    def basis(self, terms: CreditTerms, service_id: str, provider_id: str | None, share: Share) -> Basis:
        """Return the fee base of one result (R-CR5): what the contract states, else what the invoices say, never a guess.

        Raises:
            LedgerError: If a stated fee is for another length of time than the window.
        """
        currency = terms.currency or ""
        if terms.stated_fee is not None:
            return _stated(terms.stated_fee, currency, share)
        is_of_provider = terms.basis in ("total_monthly_charges", "at_risk_pool")
        book, owner = (self._by_provider, provider_id or "") if is_of_provider else (self._by_service, service_id)
        months = _months(terms.basis, share.period)
        known = [line for month in months for line in book.get((owner, month), ())]
        basis = _invoiced([line for line in known if line.is_recurring(terms)], currency, owner, months, share)
        return replace(basis, words=basis.words + _left_out(known, terms))

    def invoice_total(self, provider_id: str | None, period: str) -> Fraction | None:
        """Return the total of the provider's invoices of a window's months; None if there is none."""
        found = [total for month in _names(period) for total in self._totals.get((provider_id or "", month), {}).values()]
        return Fraction(sum(found)) if found else None


def _stated(fee: StatedFee, currency: str, share: Share) -> Basis:
    """Return the stated fee, prorated by the active part of the window (E66, E88)."""
    months = len(_names(share.period))
    if months % MONTHS_OF[fee.per]:
        raise LedgerError(
            f"a fee per {fee.per} is stated, but the window {share.period} is shorter", where="credits.stated_fee", fix="state it per month"
        )
    full = Fraction(fee.amount) * (months // MONTHS_OF[fee.per])
    amount = full * share.active_us / share.window_us
    words = f"fee stated by the contract for each service: {money_words(full, currency)}"
    if share.active_us != share.window_us:
        words += f", for the active part of the window {money_words(amount, currency)}"
    return Basis(currency, amount, words)


def _invoiced(lines: Sequence[FeeLine], currency: str, owner: str, months: Sequence[str], share: Share) -> Basis:
    what = f"recurring charges of {owner} for {', '.join(months)}"
    if not lines:
        return Basis(currency, None, f"{what}: no invoice line in {currency}, so the amount is not known")
    lines = sorted(lines, key=lambda line: line.name)
    total = Fraction(sum(line.amount for line in lines))
    amount = total * share.part_us / share.window_us
    words = f"{what}: {' + '.join(f'{line.name} {money_words(line.amount, currency)}' for line in lines)}"
    if len(lines) > 1:
        words += f" = {money_words(total, currency)}"
    if share.part_us != share.window_us:
        words += f", for this part of the window {money_words(amount, currency)}"
    prices = {line.unit_price for line in lines if line.unit_price is not None and (line.unit or "").lower() in HOUR_WORDS}
    rate = Fraction(prices.pop()) if len(prices) == 1 else None
    return Basis(currency, max(amount, Fraction(0)), words, tuple(line.name for line in lines), rate)


def _left_out(lines: Sequence[FeeLine], terms: CreditTerms) -> str:
    """Return which lines are of the kinds that only a mark tells, and of which kind that the text excludes none is marked."""
    told = []
    for kind in MARKED:
        if kind in terms.exclude_from_basis:
            named = sorted(line.name for line in lines if kind in line.kinds)
            told.append(f"; without {', '.join(named)} ({kind})" if named else f"; no line is marked {kind}")
    return "".join(told)


def _names(period: str) -> tuple[str, ...]:
    return tuple(month.name for month in Period.parse(period).months())


def _months(basis: str, period: str) -> tuple[str, ...]:
    """Return the months whose charges a basis adds."""
    window = Period.parse(period)
    if basis == "quarterly_charges":
        return tuple(month.name for month in window.quarter().months())
    if basis == "fees_paid_in_month_before_incident":
        return (window.months()[0].previous().name,)
    return _names(period)
