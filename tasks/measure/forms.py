"""Forms of credit: what a missed level earns before it is rounded (R-CR1, R-CR2, R-CR7 to R-CR9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from tasks.measure.tiers import Reached, holds, in_words, tier_for
from tasks.model.durations import duration_words
from tasks.model.measures import US_PER_S
from tasks.model.money import money_words, round_whole
from tasks.model.remedies import (
    AnyTier,
    AtRiskCredits,
    Block,
    BlockCredits,
    Credits,
    HourlyCredits,
    PointCredits,
    ProportionalCredits,
    TierCredits,
)

MINUTE_US = 60 * US_PER_S
HOUR_US = 60 * MINUTE_US
NOTHING = Fraction(0)
StepName = Literal[
    "allowance",
    "tier",
    "basis",
    "multiply",
    "round",
    "cumulation",
    "minimum",
    "cap_service",
    "cap_invoice",
    "cap_month",
    "cap_quarter",
    "cap_year",
    "payable",
    "claimable",
]
TiersOn = Literal["uptime", "outage_length", "total_downtime"]


@dataclass(frozen=True)
class Step:
    """One step of a calculation: the rule, the words with their numbers, the amount after it (None = no money yet, or not known)."""

    step: StepName
    rule_id: str
    words: str
    amount: Fraction | None = None


@dataclass(frozen=True)
class Facts:
    """What forms of credit read of one result.

    Attributes:
        status: The verdict.
        value: The exact share, 0 to 1; None if there was nothing to measure.
        down_us: Counted downtime, weighted.
        outage_us: Length of each counted outage.
        was_missed_before: The same measure scored points in the window before, at whatever level (R-CR9).
    """

    status: str
    value: Fraction | None
    down_us: Fraction = NOTHING
    outage_us: tuple[int, ...] = ()
    was_missed_before: bool = False

    @property
    def is_missed(self) -> bool:
        """Tell whether the target was missed."""
        return self.status == "breached"


@dataclass(frozen=True)
class Basis:
    """What percentages are of: an exact amount (None = not known), the invoice lines behind it, and a rate where time has a price."""

    currency: str
    amount: Fraction | None
    words: str
    lines: tuple[str, ...] = ()
    hourly_rate: Fraction | None = None


@dataclass(frozen=True)
class Earned:
    """What a form makes of a result. `amount` is exact; None = unknown, or points without money."""

    amount: Fraction | None
    steps: tuple[Step, ...] = ()
    flags: tuple[str, ...] = ()
    tier: str | None = None
    pct: Fraction | None = None
    quantity: Fraction | None = None
    points: int | None = None


def earned(terms: Credits, facts: Facts, basis: Basis, tiers: Sequence[AnyTier] = (), tiers_on: TiersOn = "uptime") -> Earned:
    """Return what a result earns by a form of credit, before it is rounded.

    Args:
        terms: The measure's credits; `form: none` earns nothing.
        facts: The result.
        basis: The fee base.
        tiers: The measure's tiers, for form tiers.
        tiers_on: What they are on.
    """
    if facts.value is None:
        return Earned(NOTHING, (Step("tier", "R-AV5", "nothing to measure, nothing owed", NOTHING),))
    match terms:
        case TierCredits():
            return _by_tiers(terms, facts, basis, tiers, tiers_on)
        case BlockCredits():
            return _by_blocks(terms, facts, basis)
        case ProportionalCredits():
            return _in_proportion(terms, facts, basis)
        case HourlyCredits():
            return _by_hours(terms, facts, basis)
        case AtRiskCredits():
            return _at_risk(terms, facts, basis)
        case PointCredits():
            return _by_points(terms, facts, basis)
    return Earned(NOTHING)


def _by_tiers(terms: TierCredits, facts: Facts, basis: Basis, tiers: Sequence[AnyTier], tiers_on: TiersOn) -> Earned:
    if not tiers:
        words = "the text has no tiers we know"
        known = None if facts.is_missed else NOTHING
        return Earned(known, (Step("tier", "R-CR1", words, known),), ("NO_TIERS",) if facts.is_missed else ())
    if tiers_on == "uptime":
        return _share_of(basis, _reached_by_uptime(terms, facts, tiers))
    if tiers_on == "total_downtime":
        return _share_of(basis, _reached_by_length(terms, facts.down_us, tiers, "counted downtime"))
    each = [_reached_by_length(terms, Fraction(length_us), tiers, "one outage") for length_us in facts.outage_us]
    return _share_of(basis, _added(each))


def _reached_by_uptime(terms: TierCredits, facts: Facts, tiers: Sequence[AnyTier]) -> Earned:
    value_pct = (facts.value or NOTHING) * 100
    reached = tier_for(value_pct, tiers, terms.gap_policy)
    pays_though_met = reached.band is not None and reached.band.credit_pct > 0 and not facts.is_missed
    flags = (*reached.flags, *(("TIER_OVERLAPS_COMMITMENT",) if pays_though_met else ()))
    return _chosen(f"{_floored(value_pct)} %", reached, "%", flags, terms.gap_policy)


def _reached_by_length(terms: TierCredits, length_us: Fraction, tiers: Sequence[AnyTier], what: str) -> Earned:
    lost_us, steps = _lost(length_us, terms.allowance_s, what)
    length_s = lost_us / US_PER_S
    reached = tier_for(length_s, tiers, terms.gap_policy, is_length=True)
    chosen = _chosen(f"{what}: {duration_words(lost_us)} ({_percent(length_s)} s)", reached, "s", reached.flags, terms.gap_policy)
    return replace(chosen, steps=(*steps, *chosen.steps))


def _chosen(what: str, reached: Reached[AnyTier], unit: str, flags: tuple[str, ...], gap_policy: str) -> Earned:
    tier = reached.band
    pct = Fraction(tier.credit_pct) if tier else NOTHING
    if "TIER_GAP" in flags:
        words = f"{what} lies in no tier; {gap_policy.replace('_', ' ')}: {_percent(pct)} %"
    elif tier is None:
        words = f"{what} reaches no tier: nothing owed"
    else:
        words = f"{what} is {in_words(tier, unit)}: {_percent(pct)} %"
    return Earned(None, (Step("tier", "R-CR2" if flags else "R-CR1", words),), flags, in_words(tier, unit) if tier else None, pct)


def _lost(down_us: Fraction, allowance_s: int, what: str) -> tuple[Fraction, tuple[Step, ...]]:
    """Return the time that is paid for, and the step that takes the free part off where the text has one (R-CR7)."""
    if not allowance_s:
        return down_us, ()
    lost_us = max(down_us - allowance_s * US_PER_S, NOTHING)
    free = duration_words(allowance_s * US_PER_S)
    return lost_us, (Step("allowance", "R-CR7", f"{what} {duration_words(down_us)}, of it {free} free: leaves {duration_words(lost_us)}"),)


def _added(each: Sequence[Earned]) -> Earned:
    """Return the sum of what single outages reach: their percentages add (E128)."""
    steps = tuple(step for one in each for step in one.steps) or (Step("tier", "R-CR1", "no counted outage: nothing owed"),)
    flags = tuple(sorted({flag for one in each for flag in one.flags}))
    named = [one.tier for one in each if one.tier]
    return Earned(None, steps, flags, "; ".join(named) or None, sum((one.pct or NOTHING for one in each), NOTHING))


def _by_blocks(terms: BlockCredits, facts: Facts, basis: Basis) -> Earned:
    lost_us, steps = _lost(facts.down_us, terms.allowance_s, "counted downtime")
    blocks, pct = _blocks_of(lost_us, terms.schedule, is_partial_counted=terms.partial_block == "counts")
    kind = "begun" if terms.partial_block == "counts" else "full"
    many = f"{blocks} {kind} {'block' if blocks == 1 else 'blocks'}"
    each = f" of {terms.schedule[0].min} min × {terms.schedule[0].pct} %" if len(terms.schedule) == 1 else " of unequal length"
    words = f"{duration_words(lost_us)} of lost time: {many}{each} = {_percent(pct)} %"
    chosen = Earned(None, (*steps, Step("tier", "R-CR7", words)), pct=pct, quantity=Fraction(blocks))
    return _share_of(basis, chosen)


def _blocks_of(lost_us: Fraction, schedule: Sequence[Block], *, is_partial_counted: bool) -> tuple[int, Fraction]:
    """Return how many blocks lost time fills and their percentages added; unequal blocks are used up in order, the last repeats."""
    left_min, blocks, pct = lost_us / MINUTE_US, 0, NOTHING
    for block in schedule[:-1]:
        if left_min < block.min:
            return (blocks + 1, pct + Fraction(block.pct)) if is_partial_counted and left_min > 0 else (blocks, pct)
        left_min, blocks, pct = left_min - block.min, blocks + 1, pct + Fraction(block.pct)
    more = round_whole(left_min / schedule[-1].min, "up" if is_partial_counted else "down")
    return blocks + more, pct + more * Fraction(schedule[-1].pct)


def _in_proportion(terms: ProportionalCredits, facts: Facts, basis: Basis) -> Earned:
    lost = 1 - (facts.value or NOTHING)
    pct = lost * Fraction(terms.multiplier) * 100
    words = f"{_percent(lost * 100)} % of agreed time was lost, × {terms.multiplier} = {_rate(pct)} %"
    chosen = Earned(None, (Step("tier", "R-CR7", words),), pct=pct, quantity=lost)
    return _share_of(basis, chosen)


def _by_hours(terms: HourlyCredits, facts: Facts, basis: Basis) -> Earned:
    lost_us, free = _lost(facts.down_us, terms.allowance_s, "counted downtime")
    lost_h = lost_us / HOUR_US
    hours = lost_h if terms.partial_hour == "exact" else Fraction(round_whole(lost_h, "up" if terms.partial_hour == "counts" else "down"))
    kind = {"exact": "exactly", "none": "in full hours", "counts": "in begun hours"}[terms.partial_hour]
    reached = Step("tier", "R-CR7", f"{duration_words(lost_us)} of lost time, {kind}: {_percent(hours)} h")
    if hours == 0:
        return Earned(NOTHING, (*free, replace(reached, amount=NOTHING)), quantity=hours)
    if basis.hourly_rate is None:
        missing = Step("basis", "R-CR5", "no invoice line has a price of an hour, so the amount is not known")
        return Earned(None, (*free, reached, missing), ("FEE_MISSING",), quantity=hours)
    amount = hours * basis.hourly_rate * Fraction(terms.multiplier)
    rate = money_words(basis.hourly_rate, basis.currency)
    words = f"{_percent(hours)} h × {rate} × {terms.multiplier} = {money_words(amount, basis.currency)}"
    return Earned(amount, (*free, reached, Step("multiply", "R-CR7", words, amount)), quantity=hours)


def _at_risk(terms: AtRiskCredits, facts: Facts, basis: Basis) -> Earned:
    if not facts.is_missed:
        return Earned(NOTHING, (Step("tier", "R-CR8", "target met: nothing owed", NOTHING),), pct=NOTHING)
    of_invoice = terms.at_risk.pct_of_invoice if terms.at_risk else 100
    pct = Fraction(of_invoice) * Fraction(terms.pool_pct) * Fraction(terms.weight_pct) / 10_000
    words = f"{of_invoice} % of the invoice at risk × pool {terms.pool_pct} % × weight {terms.weight_pct} % = {_rate(pct)} %"
    return _share_of(basis, Earned(None, (Step("tier", "R-CR8", words),), pct=pct))


def _by_points(terms: PointCredits, facts: Facts, basis: Basis) -> Earned:
    value_pct = (facts.value or NOTHING) * 100
    worst = max((level for level in terms.levels if holds(level, value_pct)), key=lambda level: level.points, default=None)
    if worst is None:
        nothing = NOTHING if terms.pct_per_point is not None else None
        step = Step("tier", "R-CR9", f"{_percent(value_pct)} % scores no points", nothing)
        return Earned(nothing, (step,), points=0)
    factor = Fraction(terms.repeat_factor) if facts.was_missed_before else Fraction(1)
    points = round_whole(worst.points * factor, "half_up")
    words = f"{_percent(value_pct)} % is level {worst.name}: {worst.points} points × {_percent(factor)} = {points}"
    step = Step("tier", "R-CR9", words)
    if terms.pct_per_point is None:
        return Earned(None, (step,), tier=worst.name, points=points)
    chosen = Earned(None, (step,), tier=worst.name, pct=points * Fraction(terms.pct_per_point), points=points)
    return _share_of(basis, chosen)


def _share_of(basis: Basis, chosen: Earned) -> Earned:
    """Return what was chosen with its money: the percentage of the basis. Nothing of an unknown basis is nothing."""
    pct = chosen.pct or NOTHING
    if pct == 0:
        return replace(chosen, amount=NOTHING, steps=(*chosen.steps[:-1], replace(chosen.steps[-1], amount=NOTHING)))
    if basis.amount is None:
        missing = Step("basis", "R-CR5", basis.words)
        return replace(chosen, steps=(*chosen.steps, missing), flags=(*chosen.flags, "FEE_MISSING"))
    amount = basis.amount * pct / 100
    words = f"{money_words(basis.amount, basis.currency)} × {_rate(pct)} % = {money_words(amount, basis.currency)}"
    money = (Step("basis", "R-CR5", basis.words, basis.amount), Step("multiply", chosen.steps[-1].rule_id, words, amount))
    return replace(chosen, amount=amount, steps=(*chosen.steps, *money))


def _rate(pct: Fraction) -> str:
    """Return a percentage of money with up to six decimals, half up, as `credits.pct` has it."""
    return f"{Decimal(round_whole(pct * 10**6, 'half_up')).scaleb(-6).normalize():f}"


def _percent(value: Fraction) -> str:
    """Return a number with up to six decimals, cut off, without zeros behind."""
    return _floored(value).rstrip("0").rstrip(".")


def _floored(value: Fraction) -> str:
    """Return a number with six decimals, cut off, so that a breach cannot look met (R-DSP1)."""
    text = f"{value * 10**6 // 1:07d}"
    return f"{text[:-6]}.{text[-6:]}"
