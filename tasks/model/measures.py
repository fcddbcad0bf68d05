"""The eight kinds of measure and the blocks of keys they are made of (DOMAIN 3.2, 3.3, 3.5 to 3.7).

A measure of a resolved contract is whole: what its own text leaves out is filled from the contract's text, then from the defaults
beside the keys, which are those of `contract.defaults.yml` (a test compares them).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from tasks.model.form import Flag, Percent, Positive, Several, Severity, Share, Stated, Strict, Text, ToldBy, Whole, refused
from tasks.model.remedies import (
    AnyTier,
    AtRiskCredits,
    BlockCredits,
    Claims,
    Clause,
    Comparator,
    Credits,
    DurationTier,
    NoCredits,
    PointCredits,
    ProportionalCredits,
    TierCredits,
)

Verification = Literal["exact", "exact_by_copies", "partial", "secondary", "none"]
ServiceHours = Annotated[str, Field(pattern=r"^(24x7|[A-Za-z][A-Za-z0-9._-]*)$")]  # 24x7 or a calendar id
SILENT_KEYS = frozenset({"denominator", "partial_period", "clock_start", "severity_change"})  # R-RD1, of measures
SECONDS = {"s": 1, "min": 60, "h": 3600}
US_PER_S = 1_000_000


class PreApprovedMaintenance(Strict):
    """Planned work with notice and approval."""

    allowed: Flag = True
    notice_h: Whole = 120
    approval_required: Flag = True
    max_min_per_month: Whole | None = None
    clause: Clause = None


class EmergencyMaintenance(Strict):
    """Unplanned work; it counts unless a contract gives an allowance."""

    allowed: Flag = False
    notice_min: Whole = 0
    max_min_per_month: Whole = 0
    clause: Clause = None


class CustomerCaused(Strict):
    """Time that the customer caused."""

    allowed: Flag = True
    accepted_by: Literal["both_parties", "customer"] = "both_parties"
    clause: Clause = None


class ForceMajeure(Strict):
    """Events beyond control."""

    allowed: Flag = True
    notice_h: Whole = 72
    accepted_by: Literal["both_parties", "customer"] = "both_parties"
    subcontractor_failure_counts: Flag = True
    clause: Clause = None


class ThirdParty(Strict):
    """Failures of parties that the contract names (R-EX6)."""

    allowed: Flag = False
    named: Stated[Annotated[Several[Text], Field(min_length=1)]] = None
    clause: Clause = None

    @model_validator(mode="after")
    def _names_somebody(self) -> ThirdParty:
        if self.allowed and not self.named:
            what = "a third-party exclusion holds only for parties the contract names, and names none"
            raise refused("THIRD_PARTY_UNNAMED", what, fix="add named: [...] with at least one party, or allowed: false")
        return self


class Exclusions(Strict):
    """What may leave the count, and on which conditions."""

    pre_approved_maintenance: PreApprovedMaintenance = PreApprovedMaintenance()
    emergency_maintenance: EmergencyMaintenance = EmergencyMaintenance()
    customer_caused: CustomerCaused = CustomerCaused()
    force_majeure: ForceMajeure = ForceMajeure()
    third_party: ThirdParty = ThirdParty()
    clause: Clause = None


class KOfN(Strict):
    """Down while fewer than k of n components are up; null = as the catalogue says."""

    kind: Literal["k_of_n"]
    k: Positive | None = None
    n: Positive | None = None

    @model_validator(mode="after")
    def _can_be_up(self) -> KOfN:
        if self.k is not None and self.n is not None and self.k > self.n:
            raise refused("CANNOT_HAPPEN", f"{self.k} of {self.n} can never be up", fix="state k that is not more than n")
        return self


Composite = Annotated[Literal["catalogue", "serial_union", "parallel_intersection", "per_component"] | KOfN, ToldBy("kind")]


class MonitoringState(Strict):
    """Down when a monitoring rule says so."""

    rule: Literal["monitoring_state"] = "monitoring_state"
    states: Annotated[Several[Literal["down", "degraded"]], Field(min_length=1)] = ("down",)


class ErrorRateOver(Strict):
    """Down while the share of failing requests is over a threshold (R-GR5)."""

    rule: Literal["error_rate"]
    threshold: Share
    comparator: Comparator = "gt"
    per: Literal["clock_minute", "sample"] = "clock_minute"
    min_requests: Whole = 0


class AllAttemptsFail(Strict):
    """Down when every attempt fails."""

    rule: Literal["all_attempts_fail"]
    per: Literal["clock_minute", "sample"] = "clock_minute"


class SeverityAtLeast(Strict):
    """Down during incidents of that severity or worse."""

    rule: Literal["severity"]
    severity_at_least: Severity


UnavailableWhen = Annotated[MonitoringState | ErrorRateOver | AllAttemptsFail | SeverityAtLeast, ToldBy("rule")]


class ErrorResponse(Strict):
    """A request failed when it was answered with an error."""

    rule: Literal["error_response"] = "error_response"


class NoOutputWithin(Strict):
    """A request failed when it gave no output within some seconds."""

    rule: Literal["no_output_within"]
    s: Positive


FailedWhen = Annotated[ErrorResponse | NoOutputWithin, ToldBy("rule")]


class MinimumRun(Strict):
    """A run of downtime counts if its length is gte or gt s (R-GR2)."""

    s: Whole
    comparator: Comparator = "gte"


class RoundedFirst(Strict):
    """How a value is rounded before it is compared (R-AV4)."""

    decimals: Annotated[int, Field(strict=True, ge=0, le=9)]
    mode: Literal["half_up", "half_even", "floor"]


class StateWeights(Strict):
    """How much of a service is gone in a state (E46)."""

    degraded: Share = Decimal("0.5")
    down: Share = Decimal(1)


class UserMinutes(Strict):
    """Whose users are counted (R-PO3)."""

    users_from: Literal["service_catalogue", "stated"] = "service_catalogue"
    users: Positive | None = None

    @model_validator(mode="after")
    def _states_the_users(self) -> UserMinutes:
        if self.users_from == "stated" and self.users is None:
            raise refused("USERS_MISSING", "users are stated, but their number is not", fix="add users: N")
        return self


class BusinessDays(Strict):
    """A target in business days (E129)."""

    n: Positive
    until: Literal["same_time", "end_of_day"] = "same_time"


class SeverityTarget(Strict):
    """How soon incidents of one severity must be answered, restored and resolved; each in one unit."""

    response_s: Stated[Positive] = None
    response_min: Stated[Positive] = None
    response_h: Stated[Positive] = None
    response_business_days: Stated[BusinessDays] = None
    restore_s: Stated[Positive] = None
    restore_min: Stated[Positive] = None
    restore_h: Stated[Positive] = None
    restore_business_days: Stated[BusinessDays] = None
    resolve_s: Stated[Positive] = None
    resolve_min: Stated[Positive] = None
    resolve_h: Stated[Positive] = None
    resolve_business_days: Stated[BusinessDays] = None
    service_hours: Stated[ServiceHours] = None  # left out = the measure's
    consequence: Stated[Text] = None

    @model_validator(mode="after")
    def _has_one_unit_a_clock(self) -> SeverityTarget:
        for clock in ("response", "restore", "resolve"):
            stated = [f"{clock}_{unit}" for unit in (*SECONDS, "business_days") if getattr(self, f"{clock}_{unit}") is not None]
            if len(stated) > 1:
                raise refused("TWO_UNITS", f"{' and '.join(stated)} are two targets of one clock", fix="keep one of them")
        return self

    def target_us(self, clock: Literal["response", "restore", "resolve"]) -> int | None:
        """Return the time allowed in microseconds; None if there is no target, or it is one in business days."""
        for unit, seconds in SECONDS.items():
            length: int | None = getattr(self, f"{clock}_{unit}")
            if length is not None:
                return length * seconds * US_PER_S
        return None

    def target_business_days(self, clock: Literal["response", "restore", "resolve"]) -> BusinessDays | None:
        """Return the time allowed in business days; None if there is no such target."""
        days: BusinessDays | None = getattr(self, f"{clock}_business_days")
        return days

    @property
    def has_business_days(self) -> bool:
        """Tell whether any clock of this severity has a target in business days."""
        return any((self.response_business_days, self.restore_business_days, self.resolve_business_days))


class Pauses(Strict):
    """Whether and when a clock stands still (R-PA1)."""

    allowed: Flag = False
    reasons: Several[Literal["waiting_customer", "waiting_vendor", "waiting_other"]] = ()
    clause: Clause = None


class ContinueWithin(Strict):
    """A reopened incident goes on if it is reopened soon (R-RE1)."""

    rule: Literal["continue_within"]
    hours: Positive


class NewIncident(Strict):
    """A reopened incident is a new one."""

    rule: Literal["new_incident"]


Reopen = Annotated[ContinueWithin | NewIncident, ToldBy("rule")]


class LowVolume(Strict):
    """Misses that a month of few incidents may have (E87)."""

    below: Positive
    allowed_misses: Whole
    clause: Clause = None


class HourlyWaiver(Strict):
    """A charge that falls away by itself (E61)."""

    rule: Literal["unavailable_minutes_in_clock_hour"]
    minutes: Whole
    comparator: Comparator = "gt"
    waives: Literal["hourly_charge"]
    automatic: Flag = True


class AppliesTo(Strict):
    """What a measure is about; an empty list = all of the provider's."""

    services: Several[Text] = ()
    components: Several[Text] = ()
    regions: Several[Text] = ()
    classes: Several[Text] = ()
    severities: Several[Severity] = ()


class Overrides(Strict):
    """Blocks of the contract that a measure, or all by default, may state anew, key by key."""

    exclusions: Exclusions = Exclusions()
    claims: Claims = Claims()
    clause: Clause = None


class Common(Overrides):
    """What every measure has."""

    applies_to: AppliesTo = AppliesTo()
    note: Stated[Text] = None
    verification: Stated[Verification] = None

    @property
    def silent(self) -> frozenset[str]:
        """Return the keys of R-RD1 that the contract's own text leaves out, so that every reading of them is computed."""
        return SILENT_KEYS & type(self).model_fields.keys() - self.model_fields_set


class Level(Strict):
    """A value that is held against a target."""

    target: Percent | None = None
    comparator: Literal["gte", "gt"] = "gte"
    round_before_compare: Annotated[Literal["none"] | RoundedFirst, ToldBy()] = "none"
    tiers_on: Literal["uptime", "outage_length", "total_downtime"] = "uptime"


class Tiered(Level):
    """A level that credit tiers read."""

    tiers: tuple[AnyTier, ...] = ()

    @model_validator(mode="after")
    def _tiers_are_on_one_scale(self) -> Tiered:
        scale = "percentages" if self.tiers_on == "uptime" else "seconds"
        if any(isinstance(tier, DurationTier) != (scale == "seconds") for tier in self.tiers):
            raise refused("WRONG_TIERS", f"tiers on {self.tiers_on} have edges in {scale}", fix="state tiers_on, or the edges, accordingly")
        return self


class Base(Strict):
    """What a share of time or requests is a share of."""

    service_hours: ServiceHours = "24x7"
    denominator: Literal["remove_from_both", "count_as_up"] = "remove_from_both"
    partial_period: Literal["active_only", "full_window_deemed_up"] = "active_only"
    unmeasured_time: Literal["unknown", "down", "up", "remove_from_base"] = "unknown"


class Outage(Strict):
    """What counts as down, and how it is counted."""

    composite: Composite = "catalogue"
    measured_by: Several[Text] = ()
    confirmed_by: Positive = 1
    unavailable_when: UnavailableWhen = MonitoringState()
    outage_clock_start: Literal["occurred", "detected", "reported_to_provider", "ticket_opened"] = "occurred"
    granularity: Literal["exact", "run_whole_minutes", "clock_full_minutes", "clock_any_minutes"] = "exact"
    min_consecutive: MinimumRun = MinimumRun(s=0)
    bridge_gap_s: Whole = 0
    partial_outage: Literal["binary", "affected_fraction", "state_weights", "user_minutes"] = "binary"
    state_weights: Stated[StateWeights] = None
    overlap_weight: Literal["max", "sum_capped"] = "max"
    user_minutes: Stated[UserMinutes] = None


class Intervals(Strict):
    """The intervals whose error rates are averaged (R-GR6)."""

    interval_s: Positive = 300
    idle_interval_error: Share = Decimal(0)


class Requests(Strict):
    """When a request failed."""

    failed_when: FailedWhen = ErrorResponse()


class IncidentTargets(Strict):
    """How clocks of single incidents run (R-CL, R-SV, R-PA, R-RE)."""

    clock_start: Literal[
        "informed_or_own_detection", "earliest_detected_or_reported", "detected", "reported_to_provider", "ticket_opened", "occurred"
    ] = "informed_or_own_detection"
    stop_response: Literal["human_acknowledgement", "any_acknowledgement"] = "human_acknowledgement"
    stop_restore: Literal["restored", "mitigated"] = "restored"
    stop_resolve: Literal["resolved", "closed"] = "resolved"
    pauses: Pauses = Pauses()
    severity_change: Literal["retroactive_strictest", "reset_on_change", "segment", "final_severity"] = "retroactive_strictest"
    attribution: Literal["outcome_time", "start_time"] = "outcome_time"
    reopen: Reopen = ContinueWithin(rule="continue_within", hours=24)
    service_hours: ServiceHours = "24x7"
    per_severity: Mapping[Severity, SeverityTarget] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _segments_have_lengths(self) -> IncidentTargets:
        in_days = [severity for severity, target in self.per_severity.items() if target.has_business_days]
        if self.severity_change == "segment" and in_days:
            what = f"severity_change: segment takes shares of lengths, but a target of {', '.join(in_days)} is in business days, an instant"
            raise refused("SHARE_OF_DAYS", what, fix="state the targets in hours, or another severity_change")
        return self


class Attained(Strict):
    """Which clock's outcomes a share counts."""

    of: Literal["response", "restore", "resolve"] = "restore"
    low_volume: LowVolume | None = None


class MeasureDefaults(Overrides, Level, Base, Outage, Intervals, Requests, Attained, IncidentTargets):
    """What a contract says once for all its measures; each takes the keys of its kind."""


RatioCredits = Annotated[TierCredits | ProportionalCredits | AtRiskCredits | PointCredits | NoCredits, ToldBy("form")]
IncidentCredits = Annotated[BlockCredits | AtRiskCredits | PointCredits | NoCredits, ToldBy("form")]
AttainmentCredits = Annotated[TierCredits | AtRiskCredits | PointCredits | NoCredits, ToldBy("form")]


class Availability(Common, Tiered, Base, Outage):
    """The share of agreed time in which a service was up."""

    kind: Literal["availability"]
    target: Percent | None
    credits: Credits = NoCredits()

    @model_validator(mode="after")
    def _weights_fit(self) -> Availability:
        if (self.partial_outage == "state_weights") != (self.state_weights is not None):
            what = "state_weights and partial_outage: state_weights come together"
            raise refused("WEIGHTS_UNCLEAR", what, fix="state both or neither")
        if self.user_minutes is not None and self.partial_outage != "user_minutes":
            raise refused("WEIGHTS_UNCLEAR", "user_minutes needs partial_outage: user_minutes", fix="state both or neither")
        return self

    @model_validator(mode="after")
    def _can_be_confirmed(self) -> Availability:
        if self.measured_by and self.confirmed_by > len(self.measured_by):
            what = f"{self.confirmed_by} rules must confirm, but measured_by names {len(self.measured_by)}"
            raise refused("CANNOT_HAPPEN", what, fix="name more rules, or ask for fewer")
        return self


def _refuse_tiers_on_time(measure: Tiered, what: str) -> None:
    if measure.tiers_on != "uptime":
        raise refused("NO_LENGTH", f"tiers_on: {measure.tiers_on} reads lengths, and {what} has none", fix="state tiers_on: uptime")


class ErrorRate(Common, Tiered, Base, Intervals):
    """100 % less the mean of the error rates of equal intervals (E60)."""

    kind: Literal["error_rate"]
    target: Percent | None
    interval_s: Positive
    credits: RatioCredits = NoCredits()

    @model_validator(mode="after")
    def _tiers_read_the_value(self) -> ErrorRate:
        _refuse_tiers_on_time(self, "a mean of error rates")
        return self


class RequestRatio(Common, Tiered, Base, Requests):
    """The share of requests that did not fail."""

    kind: Literal["request_ratio"]
    target: Percent | None
    failed_when: FailedWhen
    credits: RatioCredits = NoCredits()

    @model_validator(mode="after")
    def _tiers_read_the_value(self) -> RequestRatio:
        _refuse_tiers_on_time(self, "a share of requests")
        return self


class Response(Common, IncidentTargets):
    """How soon a person answers; one result for each incident."""

    kind: Literal["response"]
    credits: IncidentCredits = NoCredits()


class Restore(Common, IncidentTargets):
    """How soon the service is back; one result for each incident."""

    kind: Literal["restore"]
    credits: IncidentCredits = NoCredits()


class Resolve(Common, IncidentTargets):
    """How soon the incident is resolved; one result for each incident."""

    kind: Literal["resolve"]
    credits: IncidentCredits = NoCredits()


class Attainment(Common, Tiered, IncidentTargets, Attained):
    """The share of incidents in time (R-AT2)."""

    kind: Literal["attainment"]
    of: Literal["response", "restore", "resolve"]
    target: Percent | None
    credits: AttainmentCredits = NoCredits()


class Waiver(Common):
    """A charge that the provider waives by itself; never claimed (R-GR7)."""

    kind: Literal["waiver"]
    waiver: HourlyWaiver


Measure = Annotated[Availability | ErrorRate | RequestRatio | Response | Restore | Resolve | Attainment | Waiver, ToldBy("kind")]
KINDS: dict[str, type[Common]] = {get_args(kind.model_fields["kind"].annotation)[0]: kind for kind in get_args(get_args(Measure)[0])}


def credit_forms(kind: str) -> tuple[str, ...]:
    """Return the forms of credit that a kind of measure may have; none where it earns no credit."""
    field = KINDS[kind].model_fields.get("credits")
    members = get_args(field.annotation) if field else ()
    return tuple(get_args(member.model_fields["form"].annotation)[0] for member in members)
