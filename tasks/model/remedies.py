"""What a missed promise costs: tiers, credits in their forms, caps, claims, earn-back and chronic rights (DOMAIN 3.8 to 3.10).

The defaults beside the keys are those of `contract.defaults.yml`; a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from tasks.model.form import MEMBER, Amount, Flag, Percent, Positive, Several, Slug, Stated, Strict, Text, ToldBy, Whole, refused

Clause = Stated[str]  # where the paper says so: "MSA 7.2"
Comparator = Literal["gt", "gte"]


class Bounds(Strict):
    """A band of percentages with open or closed ends; an end that is left out does not bound."""

    below: Stated[Percent] = None
    at_most: Stated[Percent] = None
    at_least: Stated[Percent] = None
    above: Stated[Percent] = None

    @model_validator(mode="after")
    def _has_one_end_a_side(self) -> Bounds:
        _refuse_both(self, "below", "at_most")
        _refuse_both(self, "at_least", "above")
        _refuse_empty(self.low, self.high)
        return self

    @property
    def low(self) -> tuple[Decimal, bool] | None:
        """Return the lower end and whether it belongs to the band."""
        return _end(self.at_least, self.above)

    @property
    def high(self) -> tuple[Decimal, bool] | None:
        """Return the upper end and whether it belongs to the band."""
        return _end(self.at_most, self.below)

    def holds(self, value_pct: Decimal) -> bool:
        """Tell whether an exact percentage lies in the band."""
        return _holds(self.low, self.high, value_pct)


class Tier(Bounds):
    """A credit for values of a band: `tiers_on: uptime`."""

    credit_pct: Percent
    note: Stated[Text] = None

    @model_validator(mode="after")
    def _is_bounded(self) -> Tier:
        if self.low is None and self.high is None:
            raise refused("TIER_UNBOUNDED", "a tier without an edge holds for every value", fix="state below, at_most, at_least or above")
        return self


class DurationTier(Strict):
    """A credit for lengths of time in seconds: `tiers_on: outage_length` or `total_downtime` (E128)."""

    more_than_s: Stated[Whole] = None
    at_least_s: Stated[Whole] = None
    less_than_s: Stated[Positive] = None
    at_most_s: Stated[Positive] = None
    credit_pct: Percent
    note: Stated[Text] = None

    @model_validator(mode="after")
    def _is_bounded(self) -> DurationTier:
        _refuse_both(self, "more_than_s", "at_least_s")
        _refuse_both(self, "less_than_s", "at_most_s")
        _refuse_empty(self.low, self.high)
        if self.low is None and self.high is None:
            fix = "state more_than_s, at_least_s, less_than_s or at_most_s"
            raise refused("TIER_UNBOUNDED", "a tier without an edge holds for every length", fix=fix)
        return self

    @property
    def low(self) -> tuple[Decimal, bool] | None:
        """Return the lower end in seconds and whether it belongs to the band."""
        return _end(self.at_least_s, self.more_than_s)

    @property
    def high(self) -> tuple[Decimal, bool] | None:
        """Return the upper end in seconds and whether it belongs to the band."""
        return _end(self.at_most_s, self.less_than_s)

    def holds(self, length_s: Decimal) -> bool:
        """Tell whether an exact length lies in the band."""
        return _holds(self.low, self.high, length_s)


def _end(closed: Decimal | int | None, opened: Decimal | int | None) -> tuple[Decimal, bool] | None:
    if closed is not None:
        return Decimal(closed), True
    return None if opened is None else (Decimal(opened), False)


def _holds(low: tuple[Decimal, bool] | None, high: tuple[Decimal, bool] | None, value: Decimal) -> bool:
    is_above = low is None or value > low[0] or (low[1] and value == low[0])
    is_below = high is None or value < high[0] or (high[1] and value == high[0])
    return is_above and is_below


def _refuse_both(band: Strict, one: str, other: str) -> None:
    if getattr(band, one) is not None and getattr(band, other) is not None:
        raise refused("TWO_EDGES", f"{one} and {other} are two ways to say one edge", fix="keep one of them")


def _refuse_empty(low: tuple[Decimal, bool] | None, high: tuple[Decimal, bool] | None) -> None:
    if low and high and (low[0] > high[0] or (low[0] == high[0] and not (low[1] and high[1]))):
        raise refused("TIER_EMPTY", f"no value lies between {low[0]} and {high[0]}", fix="put the lower edge below the upper one")


def _tier_member(value: Any) -> str:
    is_duration = isinstance(value, DurationTier) or (isinstance(value, Mapping) and any(name.endswith("_s") for name in value))
    return MEMBER + ("duration" if is_duration else "uptime")


AnyTier = Annotated[
    Annotated[Tier, Tag(f"{MEMBER}uptime")] | Annotated[DurationTier, Tag(f"{MEMBER}duration")], Discriminator(_tier_member)
]


def _is_day_of_year(text: str) -> str:
    try:
        date.fromisoformat(f"2024-{text}")
    except ValueError as error:
        raise refused("WRONG_FORM", f"'{text}' is no day of the year", fix='write "MM-DD", such as "04-01"') from error
    return text


class Rounding(Strict):
    """How a credit line is rounded, once (R-MO2)."""

    mode: Literal["half_up", "half_even", "down", "up"] = "half_up"
    unit: Literal["currency_minor"] = "currency_minor"
    stage: Literal["per_line"] = "per_line"


class MinimumCredit(Strict):
    """The least amount that is paid (R-CR4)."""

    amount: Amount
    comparator: Comparator


class StatedFee(Strict):
    """A fee that the contract itself states; only such a fee is prorated (R-CR5)."""

    amount: Amount
    per: Literal["month", "quarter", "billing_cycle"]


class Caps(Strict):
    """Ceilings on credits, applied in this order (R-CR6)."""

    per_service_pct: Percent | None = Decimal(100)
    per_invoice_pct: Percent | None = None
    contract_month_pct: Percent | None = None
    days_of_service_per_quarter: Annotated[int, Field(strict=True, ge=1, le=92)] | None = None
    contract_year_amount: Amount | None = None
    contract_year_start: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"), AfterValidator(_is_day_of_year)] = (
        "01-01"
    )
    carry_forward: Flag = False
    clause: Clause = None


class AtRiskPool(Strict):
    """The share of the invoice that the provider puts at risk, and its limits (R-CR8)."""

    pct_of_invoice: Percent
    pool_pct: Stated[Percent] = None
    single_measure_max_pct_of_pool: Percent | None = None
    max_measures: Positive | None = None


class CreditTerms(Strict):
    """What all forms of credit share."""

    basis: Literal[
        "monthly_charges_affected_service",
        "total_monthly_charges",
        "quarterly_charges",
        "fees_paid_in_month_before_incident",
        "hourly_rate",
        "at_risk_pool",
    ] = "monthly_charges_affected_service"
    exclude_from_basis: Several[Literal["one_time_charges", "taxes", "support_charges", "overage_charges"]] = ("one_time_charges", "taxes")
    stated_fee: StatedFee | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    rounding: Rounding = Rounding()
    min_credit: MinimumCredit | None = None
    same_root_cause: Literal["highest_only", "cumulative"] = "highest_only"
    caps: Caps = Caps()
    cap_allocation: Literal["largest_remainder"] = "largest_remainder"
    settlement: Literal["future_invoice", "refund", "either", "term_extension"] = "future_invoice"
    at_risk: AtRiskPool | None = None
    clause: Clause = None


class TierCredits(CreditTerms):
    """A percentage of the basis by tier (R-CR1, R-CR2)."""

    form: Literal["tiers"] = "tiers"
    allowance_s: Whole = 0  # free downtime before tiers on durations
    tier_rule: Literal["highest_applicable"] = "highest_applicable"
    gap_policy: Literal["provider_favour", "milder_neighbour", "harsher_neighbour"] = "provider_favour"


class Block(Strict):
    """One of several blocks of unequal length; the last repeats (E128)."""

    min: Positive
    pct: Percent


class BlockCredits(CreditTerms):
    """A percentage for each block of lost time (R-CR7, E77)."""

    form: Literal["per_block"]
    block_min: Stated[Positive] = None
    pct_per_block: Stated[Percent] = None
    blocks: Stated[Annotated[tuple[Block, ...], Field(min_length=1)]] = None
    partial_block: Literal["none", "counts"]
    allowance_s: Whole = 0

    @model_validator(mode="after")
    def _has_one_kind_of_block(self) -> BlockCredits:
        equal = (self.block_min is not None, self.pct_per_block is not None)
        if any(equal) if self.blocks is not None else not all(equal):
            what = "blocks are either of one length (block_min and pct_per_block) or listed (blocks)"
            raise refused("BLOCKS_UNCLEAR", what, fix="state one of the two, whole")
        return self

    @property
    def schedule(self) -> tuple[Block, ...]:
        """Return the blocks in order; the last repeats."""
        if self.blocks is not None:
            return self.blocks
        return (Block(min=cast(int, self.block_min), pct=cast(Decimal, self.pct_per_block)),)


class ProportionalCredits(CreditTerms):
    """Basis × weighted downtime / denominator × multiplier (R-CR7, E49)."""

    form: Literal["proportional"]
    multiplier: Amount


class HourlyCredits(CreditTerms):
    """Lost hours × hourly rate × multiplier (R-CR7, E78, E127)."""

    form: Literal["hourly"]
    multiplier: Amount = Decimal(1)
    partial_hour: Literal["exact", "none", "counts"] = "exact"
    allowance_s: Whole = 0


class AtRiskCredits(CreditTerms):
    """A weighted share of the at-risk pool (R-CR8, E75)."""

    form: Literal["at_risk"]
    pool_pct: Percent = Decimal(100)
    weight_pct: Percent


class PointsLevel(Bounds):
    """Service points for values of a band (R-CR9)."""

    name: Slug
    points: Positive


class PointCredits(CreditTerms):
    """Service points; money only with `pct_per_point` (R-CR9, E76, E124)."""

    form: Literal["points"]
    levels: Annotated[tuple[PointsLevel, ...], Field(min_length=1)]
    repeat_factor: Amount = Decimal(1)
    pct_per_point: Percent | None = None


class NoCredits(CreditTerms):
    """No money is promised."""

    form: Literal["none"] = "none"


Credits = Annotated[
    TierCredits | BlockCredits | ProportionalCredits | HourlyCredits | AtRiskCredits | PointCredits | NoCredits,
    ToldBy("form", default="tiers"),
]
CREDIT_KEYS = frozenset(CreditTerms.model_fields)  # what a measure inherits whatever its form
CREDIT_PARAMETERS = frozenset(key for form in get_args(get_args(Credits)[0]) for key in form.model_fields) - CREDIT_KEYS - {"form"}


class CountedDeadline(Strict):
    """A claim is due n days, months or cycles after something."""

    rule: Literal[
        "days_after_window_end",
        "months_after_window_end",
        "business_days_after_window_end",
        "days_after_report",
        "business_days_after_report",
        "end_of_nth_month_after_incident_month",
        "end_of_nth_billing_cycle_after_incident",
    ]
    n: Positive
    clause: Clause = None


class IncidentDeadline(Strict):
    """A claim is due n days after the incident."""

    rule: Literal["days_after_incident"]
    n: Positive
    anchor: Literal["outage_start", "outage_end"] = "outage_start"
    clause: Clause = None


class NoDeadline(Strict):
    """The text says that claims do not expire."""

    rule: Literal["none"]
    clause: Clause = None


Deadline = Annotated[CountedDeadline | IncidentDeadline | NoDeadline, ToldBy("rule")]


class Claims(Strict):
    """How credits are asked for. Nulls are silence: the policy's rule is used and printed as assumed."""

    automatic: Flag = False
    deadline: Deadline | None = None
    alternates: tuple[Deadline, ...] = ()
    deadline_roll: Literal["none", "forward", "backward"] = "none"
    received_by: Literal["end_of_local_day", "end_of_utc_day"] = "end_of_local_day"
    required_content: Several[Slug] = ("account", "service", "incident_times_utc", "evidence", "calculation")
    one_claim_per: Literal["window", "incident"] = "window"
    dispute_window_business_days: Positive | None = None
    dispute_decision_days: Positive | None = None
    provider_decision_days: Positive | None = None
    provider_settlement_days: Positive | None = None
    sole_remedy: Flag | None = None
    note: Stated[Text] = None
    clause: Clause = None


class EarnBack(Strict):
    """A credit that good months give back."""

    months: Positive
    condition: Literal["each_at_or_above_target", "average_at_or_above_target"]
    share_pct: Percent
    clause: Clause = None


class Exercise(Strict):
    """Until when a right must be exercised after its trigger."""

    notice_days_after_trigger: Positive
    waived_if_late: Stated[Flag] = None
    clause: Clause = None


class ChronicTrigger(Strict):
    """What all chronic clauses share."""

    id: Slug
    applies_to: Stated[Slug] = None  # a measure id; left out = every measure
    right: Stated[Literal["termination", "reroute", "improvement_plan"]] = None
    exercise: Stated[Exercise] = None
    clause: Clause = None


AtLeastTwo = Annotated[int, Field(strict=True, ge=2)]


class ConsecutiveBreaches(ChronicTrigger):
    """n breached windows in a row."""

    rule: Literal["breaches_in_consecutive_windows"]
    n: AtLeastTwo


class RollingBreaches(ChronicTrigger):
    """n breached windows in any `of`."""

    rule: Literal["breaches_in_rolling_windows"]
    n: AtLeastTwo
    of: AtLeastTwo

    @model_validator(mode="after")
    def _can_happen(self) -> RollingBreaches:
        if self.n > self.of:
            raise refused("CANNOT_HAPPEN", f"{self.n} windows of {self.of} can never breach", fix="state n, of that is not less than n")
        return self


class LongOutages(ChronicTrigger):
    """n outages longer than some minutes within some days (E85)."""

    rule: Literal["outages_longer_than"]
    minutes: Whole
    n: Positive
    within_days: Positive


class AggregateOutage(ChronicTrigger):
    """Hours of outage in a window above a limit."""

    rule: Literal["aggregate_outage_longer_than"]
    hours: Positive
    window: Literal["calendar_month", "calendar_quarter", "measurement_window"]


class CriticalFloor(ChronicTrigger):
    """A value below a floor (E86)."""

    rule: Literal["uptime_below"]
    value: Percent


Chronic = Annotated[ConsecutiveBreaches | RollingBreaches | LongOutages | AggregateOutage | CriticalFloor, ToldBy("rule")]
