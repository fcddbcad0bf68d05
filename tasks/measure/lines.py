"""Credit lines of one contract, window and column of the report: what cumulation, the minimum and caps leave of them (R-CR3 to R-CR6).

The steps stand in `settled` in the order of DOMAIN 3.8; each takes all lines and gives all lines, so that none can be lost on the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from tasks.measure.forms import Basis, Earned, Step, StepName
from tasks.model.money import money_words, rounded, scaled_to
from tasks.model.remedies import AtRiskCredits, Caps, Credits

ZERO = Decimal(0)


@dataclass(frozen=True)
class Line:
    """One credit line. `amount` is what is left of it so far; None = unknown: no step can change it.

    Attributes:
        line_id: Its id; ties go to the lowest.
        service_id: The service whose cap it falls under, and within which causes are compared.
        terms: The measure's credits.
        basis: The fee base.
        earned: What the form made of the result.
        causes: Cause keys of the incidents counted; None stands for an unknown one.
        after: Amounts after steps, by name.
        caps_applied: Steps of caps that cut it.
    """

    line_id: str
    service_id: str
    terms: Credits
    basis: Basis
    earned: Earned
    causes: frozenset[str | None]
    amount: Decimal | None
    steps: tuple[Step, ...]
    after: dict[str, Decimal | None]
    caps_applied: tuple[str, ...] = ()

    @property
    def due(self) -> Decimal:
        """Return the amount, an unknown one as nothing: what is unknown takes no room under a cap."""
        return self.amount if self.amount is not None else ZERO

    def with_amount(self, amount: Decimal, step: StepName, rule_id: str, words: str) -> Line:
        """Return the line after a step that changed it."""
        return replace(self, amount=amount, steps=(*self.steps, Step(step, rule_id, words, Fraction(amount))))

    def noted(self, name: str) -> Line:
        """Return the line with its amount kept under a name."""
        return replace(self, after={**self.after, name: self.amount})


def open_line(line_id: str, service_id: str, terms: Credits, basis: Basis, earned: Earned, causes: Iterable[str | None]) -> Line:
    """Return a line rounded once (R-MO2)."""
    steps, amount = earned.steps, None
    if earned.amount is not None:
        amount = rounded(earned.amount, basis.currency, terms.rounding.mode)
        if amount > 0:
            words = f"{terms.rounding.mode.replace('_', ' ')} to {money_words(amount, basis.currency)}"
            steps = (*steps, Step("round", "R-MO2", words, Fraction(amount)))
    return Line(line_id, service_id, terms, basis, earned, frozenset(causes), amount, steps, {}).noted("computed")


def settled(lines: Sequence[Line], caps: Caps, *, invoice_total: Fraction | None = None, year_to_date: Decimal = ZERO) -> list[Line]:
    """Return the lines of one contract, window and column after cumulation, minimum and caps, in the order given.

    Args:
        lines: All of them, of one currency (R-MO1).
        caps: The contract's; a service's own share stands in each line's terms.
        invoice_total: Of the invoice that carries the credit, for a cap on it.
        year_to_date: Approved and pending claims of the contract year so far, by window.

    Raises:
        ValueError: If lines are in several currencies.
    """
    currencies = {line.basis.currency for line in lines}
    if len(currencies) > 1:
        raise ValueError(f"credits in {', '.join(sorted(currencies))} cannot be added (R-MO1)")
    in_order = sorted(lines, key=lambda line: line.line_id)
    done = _noted(_cumulated(in_order), "after_cumulation")
    done = _noted([_at_minimum(line) for line in done], "after_minimum")
    done = _noted(_capped(done, caps, invoice_total, year_to_date), "after_caps")
    by_id = {line.line_id: line for line in done}
    return [by_id[line.line_id] for line in lines]


def _noted(lines: Iterable[Line], name: str) -> list[Line]:
    return [line.noted(name) for line in lines]


def _cumulated(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with only the highest of each group that shares a cause (R-CR3)."""
    beaten: dict[str, Line] = {}
    for service in _by_service([line for line in lines if line.terms.same_root_cause == "highest_only" and line.due > 0]):
        for group in _groups_of_cause(service):
            highest = max(group, key=lambda line: line.due)  # the first of equals: lines stand by id
            words = f"shares a cause with {highest.line_id}, of {money_words(highest.due, highest.basis.currency)}: only the highest stays"
            losers = (line for line in group if line is not highest)
            beaten.update({line.line_id: line.with_amount(ZERO, "cumulation", "R-CR3", words) for line in losers})
    return [beaten.get(line.line_id, line) for line in lines]


def _by_service(lines: Iterable[Line]) -> list[list[Line]]:
    services: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        services[line.service_id].append(line)
    return list(services.values())


def _groups_of_cause(lines: Iterable[Line]) -> list[list[Line]]:
    """Return the lines of one service in groups that share a cause, transitively; an unknown cause is shared with every other."""
    groups: list[list[Line]] = []
    for line in lines:
        joined, apart = [line], []
        for group in groups:
            if any(_share_a_cause(line, other) for other in group):
                joined = [*group, *joined]
            else:
                apart.append(group)
        groups = [*apart, sorted(joined, key=lambda member: member.line_id)]
    return groups


def _share_a_cause(one: Line, other: Line) -> bool:
    return None in one.causes | other.causes or bool(one.causes & other.causes)


def _at_minimum(line: Line) -> Line:
    """Return the line, or nothing of it where it is below the least amount paid (R-CR4)."""
    least = line.terms.min_credit
    if least is None or line.due == 0:
        return line
    is_enough = line.due > least.amount if least.comparator == "gt" else line.due >= least.amount
    if is_enough:
        return line
    bound = "more than" if least.comparator == "gt" else "at least"
    words = f"{money_words(line.due, line.basis.currency)} is not {bound} {money_words(least.amount, line.basis.currency)}: nothing is paid"
    return line.with_amount(ZERO, "minimum", "R-CR4", words)


def _capped(lines: list[Line], caps: Caps, invoice_total: Fraction | None, year_to_date: Decimal) -> list[Line]:
    """Return the lines under every cap, in the order of R-CR6."""
    lines = _under_the_pool(_under_service_caps(lines))
    if caps.per_invoice_pct is not None and invoice_total is not None:
        limit = invoice_total * Fraction(caps.per_invoice_pct) / 100
        lines = _under_cap(lines, limit, "cap_invoice", f"{caps.per_invoice_pct} % of the invoice")
    if caps.contract_month_pct is not None:
        # services whose credits are shares of the same charges have one basis between them
        bases = {line.basis.lines or (line.service_id,): line.basis.amount or Fraction(0) for line in lines}
        limit = sum(bases.values(), Fraction(0)) * Fraction(caps.contract_month_pct) / 100
        lines = _under_cap(lines, limit, "cap_month", f"{caps.contract_month_pct} % of the contract's credit bases")
    if caps.contract_year_amount is not None:
        limit = Fraction(caps.contract_year_amount) - Fraction(year_to_date)
        lines = _under_cap(lines, limit, "cap_year", f"{caps.contract_year_amount} a contract year, {year_to_date} of it used")
    return lines


def _under_service_caps(lines: list[Line]) -> list[Line]:
    """Return the lines with those of each service within its share of the service's credit basis."""
    cut: dict[str, Line] = {}
    for group in _by_service(lines):
        shares_pct = [line.terms.caps.per_service_pct for line in group if line.terms.caps.per_service_pct is not None]
        bases = [line.basis.amount for line in group if line.basis.amount is not None]
        if shares_pct and bases:
            limit = max(bases) * Fraction(max(shares_pct)) / 100
            within = _under_cap(group, limit, "cap_service", f"{max(shares_pct)} % of the service's fee")
            cut.update({line.line_id: line for line in within})
    return [cut.get(line.line_id, line) for line in lines]


def _under_the_pool(lines: list[Line]) -> list[Line]:
    """Return the lines with those that share an invoice's pool within what it puts at risk (R-CR8)."""
    pools: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for line in lines:
        if isinstance(line.terms, AtRiskCredits) and line.terms.at_risk and line.basis.amount is not None:
            pools[line.basis.lines].append(line)
    cut: dict[str, Line] = {}
    for pool in pools.values():
        of_invoice = max(line.terms.at_risk.pct_of_invoice for line in pool if line.terms.at_risk)
        limit = max(line.basis.amount or Fraction(0) for line in pool) * Fraction(of_invoice) / 100
        cut.update({line.line_id: line for line in _under_cap(pool, limit, "cap_invoice", f"{of_invoice} % of the invoice at risk")})
    return [cut.get(line.line_id, line) for line in lines]


def _under_cap(lines: Sequence[Line], limit: Fraction, step: StepName, what: str) -> list[Line]:
    """Return the lines brought down to a limit by largest remainder; those it cut say so."""
    if not lines:
        return []
    currency = lines[0].basis.currency
    ceiling = f"{what}: {money_words(max(limit, Fraction(0)), currency)}"
    shares = scaled_to([line.due for line in lines], limit, currency)
    return [line if share == line.due else _cut(line, share, step, ceiling) for line, share in zip(lines, shares, strict=True)]


def _cut(line: Line, share: Decimal, step: StepName, what: str) -> Line:
    currency = line.basis.currency
    words = f"capped at {what}; of {money_words(line.due, currency)} there stays {money_words(share, currency)}"
    return replace(line.with_amount(share, step, "R-CR6", words), caps_applied=(*line.caps_applied, step))
