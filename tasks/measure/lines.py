"""Credit lines of one contract, window and column of the report: what cumulation, the minimum and caps leave of them (R-CR3 to R-CR6).

The steps stand in `settled` in the order of DOMAIN 3.8; each takes all lines and gives all lines, so that none can be lost on the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
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
        carried: What caps cut of it and the contract carries to its next window.
        credited: What windows before, which this one overlaps, were worth for the same incidents.
        credited_in: Those windows.
        part_start_at: When the part of the window begins that it is of, where a change of version divides the window; None of a whole one.
        is_brought: It was carried here from the window before: its causes and its minimum were looked at there.
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
    carried: Decimal = ZERO
    is_brought: bool = False
    credited: Decimal = ZERO
    credited_in: tuple[str, ...] = ()
    part_start_at: datetime | None = None

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


@dataclass(frozen=True)
class Ceilings:
    """What caps are measured by, beyond the lines of one contract and window (R-CR6).

    Attributes:
        bases: The sum of the contract's credit bases in the window, of every service that it governs.
        invoice_total: Of the invoice that carries the credit; None if there is none.
        days: Length of the window in days of the contract's zone.
        quarter_to_date: Approved and pending claims on the quarter's windows before.
        year_to_date: Those on the contract year's windows before.
        is_year_going_on: The next window lies in the same contract year: what is cut may be carried there.
    """

    bases: Fraction = Fraction(0)
    invoice_total: Fraction | None = None
    days: int = 1
    quarter_to_date: Decimal = ZERO
    year_to_date: Decimal = ZERO
    is_year_going_on: bool = False


def sum_of_bases(bases: Iterable[tuple[str, datetime, Basis]]) -> Fraction:
    """Return what a contract's credit bases add up to in a window; one that is not known counts as nothing.

    Args:
        bases: Each with the service it is of, and the start of the window part. Measures of one service have one basis between them, and so
            have services whose credits are shares of the same charges.
    """
    known: dict[tuple[datetime, tuple[str, ...]], Fraction] = {}
    for service_id, start_at, basis in bases:
        key = (start_at, basis.lines or (service_id,))
        known[key] = max(known.get(key, Fraction(0)), basis.amount or Fraction(0))
    return sum(known.values(), Fraction(0))


def open_line(
    line_id: str,
    service_id: str,
    terms: Credits,
    basis: Basis,
    earned: Earned,
    causes: Iterable[str | None],
    part_start_at: datetime | None = None,
) -> Line:
    """Return a line rounded once (R-MO2)."""
    steps, amount = earned.steps, None
    if earned.amount is not None:
        amount = rounded(earned.amount, basis.currency, terms.rounding.mode)
        if amount > 0:
            words = f"{terms.rounding.mode.replace('_', ' ')} to {money_words(amount, basis.currency)}"
            steps = (*steps, Step("round", "R-MO2", words, Fraction(amount)))
    line = Line(line_id, service_id, terms, basis, earned, frozenset(causes), amount, steps, {}, part_start_at=part_start_at)
    return line.noted("computed")


def brought_line(line_id: str, service_id: str, terms: Credits, basis: Basis, amount: Decimal, words: str) -> Line:
    """Return the line of an amount that caps cut in the window before (R-CR6)."""
    earned = Earned(Fraction(amount), (Step("basis", "R-CR6", words, Fraction(amount)),))
    line = Line(line_id, service_id, terms, basis, earned, frozenset(), amount, earned.steps, {}, is_brought=True)
    return line.noted("computed")


def settled(lines: Sequence[Line], caps: Caps, ceilings: Ceilings) -> list[Line]:
    """Return the lines of one contract, window and column after cumulation, minimum and caps, in the order given.

    Args:
        lines: All of them, of one currency (R-MO1).
        caps: The contract's; a service's own share stands in each line's terms.
        ceilings: What they are measured by.

    Raises:
        ValueError: If lines are in several currencies.
    """
    currencies = {line.basis.currency for line in lines}
    if len(currencies) > 1:
        raise ValueError(f"credits in {', '.join(sorted(currencies))} cannot be added (R-MO1)")
    in_order = sorted(lines, key=lambda line: line.line_id)
    done = _noted([_paid_once(line) for line in _cumulated(in_order)], "after_cumulation")
    done = _noted([_at_minimum(line) for line in done], "after_minimum")
    done = _noted(_capped(done, caps, ceilings), "after_caps")
    by_id = {line.line_id: line for line in done}
    return [by_id[line.line_id] for line in lines]


def _noted(lines: Iterable[Line], name: str) -> list[Line]:
    return [line.noted(name) for line in lines]


def _paid_once(line: Line) -> Line:
    """Return the line without what overlapping windows before were worth for the same incidents: nothing is credited twice (R-CR3)."""
    if not line.credited or not line.due:
        return line
    currency = line.basis.currency
    left = max(line.due - line.credited, ZERO)
    words = f"{money_words(line.credited, currency)} were owed for the same incidents in {', '.join(line.credited_in)}: "
    return line.with_amount(
        left, "cumulation", "R-CR3", f"{words}of {money_words(line.due, currency)} there stays {money_words(left, currency)}"
    )


def _cumulated(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with only the highest of each group that shares a cause (R-CR3)."""
    beaten: dict[str, Line] = {}
    rivals = [line for line in lines if line.terms.same_root_cause == "highest_only" and line.due > 0 and not line.is_brought]
    for service in _by_service(rivals):
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
    if least is None or line.due == 0 or line.is_brought:
        return line
    is_enough = line.due > least.amount if least.comparator == "gt" else line.due >= least.amount
    if is_enough:
        return line
    bound = "more than" if least.comparator == "gt" else "at least"
    words = f"{money_words(line.due, line.basis.currency)} is not {bound} {money_words(least.amount, line.basis.currency)}: nothing is paid"
    return line.with_amount(ZERO, "minimum", "R-CR4", words)


def _capped(lines: list[Line], caps: Caps, ceilings: Ceilings) -> list[Line]:
    """Return the lines under every cap, in the order of R-CR6.

    What the year's cap cuts is gone; what the others cut is carried to the next window where the contract says so and its year goes on.
    """
    carries = caps.carry_forward and ceilings.is_year_going_on
    lines = _under_the_pool(_under_service_caps(lines, carries=carries))
    if caps.per_invoice_pct is not None and ceilings.invoice_total is not None:
        limit = ceilings.invoice_total * Fraction(caps.per_invoice_pct) / 100
        lines = _under_cap(lines, limit, "cap_invoice", f"{caps.per_invoice_pct} % of the invoice", carries=carries)
    if caps.contract_month_pct is not None:
        limit = ceilings.bases * Fraction(caps.contract_month_pct) / 100
        lines = _under_cap(lines, limit, "cap_month", f"{caps.contract_month_pct} % of the contract's credit bases", carries=carries)
    if caps.days_of_service_per_quarter is not None:
        limit = ceilings.bases * caps.days_of_service_per_quarter / ceilings.days - Fraction(ceilings.quarter_to_date)
        what = f"{caps.days_of_service_per_quarter} days of service a quarter, {ceilings.quarter_to_date} of it used"
        lines = _under_cap(lines, limit, "cap_quarter", what, carries=carries)
    if caps.contract_year_amount is not None:
        limit = Fraction(caps.contract_year_amount) - Fraction(ceilings.year_to_date)
        lines = _under_cap(lines, limit, "cap_year", f"{caps.contract_year_amount} a contract year, {ceilings.year_to_date} of it used")
    return lines


def _under_service_caps(lines: list[Line], *, carries: bool) -> list[Line]:
    """Return the lines with those of each service within its share of the service's credit basis."""
    cut: dict[str, Line] = {}
    for group in _by_service(lines):
        shares_pct = [line.terms.caps.per_service_pct for line in group if line.terms.caps.per_service_pct is not None]
        basis = _basis_of_window(group)
        if shares_pct and basis is not None:
            limit = basis * Fraction(max(shares_pct)) / 100
            within = _under_cap(group, limit, "cap_service", f"{max(shares_pct)} % of the service's fee", carries=carries)
            cut.update({line.line_id: line for line in within})
    return [cut.get(line.line_id, line) for line in lines]


def _basis_of_window(lines: Iterable[Line]) -> Fraction | None:
    """Return the basis that lines of one service or pool share; the parts of a divided window add up (R-VE1). None if unknown."""
    whole: list[Fraction] = []
    parts: dict[datetime, Fraction] = {}
    for line in lines:
        if line.basis.amount is not None and line.part_start_at is None:
            whole.append(line.basis.amount)
        elif line.basis.amount is not None and line.part_start_at is not None:
            parts[line.part_start_at] = max(parts.get(line.part_start_at, line.basis.amount), line.basis.amount)
    return max([*whole, *([sum(parts.values(), Fraction(0))] if parts else [])], default=None)


def _under_the_pool(lines: list[Line]) -> list[Line]:
    """Return the lines with those that share an invoice's pool within what it puts at risk (R-CR8)."""
    pools: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for line in lines:
        if isinstance(line.terms, AtRiskCredits) and line.terms.at_risk and line.basis.amount is not None:
            pools[line.basis.lines].append(line)
    cut: dict[str, Line] = {}
    for pool in pools.values():
        of_invoice = max(line.terms.at_risk.pct_of_invoice for line in pool if line.terms.at_risk)
        limit = (_basis_of_window(pool) or Fraction(0)) * Fraction(of_invoice) / 100
        cut.update({line.line_id: line for line in _under_cap(pool, limit, "cap_invoice", f"{of_invoice} % of the invoice at risk")})
    return [cut.get(line.line_id, line) for line in lines]


def _under_cap(lines: Sequence[Line], limit: Fraction, step: StepName, what: str, *, carries: bool = False) -> list[Line]:
    """Return the lines brought down to a limit by largest remainder; those it cut say so, and carry it where they may."""
    if not lines:
        return []
    currency = lines[0].basis.currency
    ceiling = f"{what}: {money_words(max(limit, Fraction(0)), currency)}"
    shares = scaled_to([line.due for line in lines], limit, currency)
    pairs = zip(lines, shares, strict=True)
    return [line if share == line.due else _cut(line, share, step, ceiling, carries=carries) for line, share in pairs]


def _cut(line: Line, share: Decimal, step: StepName, what: str, *, carries: bool) -> Line:
    currency = line.basis.currency
    lost = line.due - share
    words = f"capped at {what}; of {money_words(line.due, currency)} there stays {money_words(share, currency)}"
    if carries:
        words += f", and {money_words(lost, currency)} is carried to the next window"
    less = line.with_amount(share, step, "R-CR6", words)
    return replace(less, caps_applied=(*line.caps_applied, step), carried=line.carried + (lost if carries else ZERO))
