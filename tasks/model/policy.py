"""The policy: what is not a contract term. `policy.yml` over `policy.defaults.yml`, merged deeply, typed and hashed into every run.

The defaults stand in the file alone; the types say what may stand where. A contract wins over the policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache, cached_property
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, model_validator

from tasks.model.errors import FaultsError
from tasks.model.form import (
    Amount,
    Factor,
    Flag,
    FormError,
    Id,
    Path,
    Percent,
    Positive,
    Several,
    Severity,
    Share,
    Slug,
    Stated,
    Strict,
    Text,
    Whole,
    ZoneName,
    overlay,
    read,
    refused,
    shown,
)
from tasks.model.identity import sha256_json
from tasks.model.measures import SeverityTarget
from tasks.model.remedies import Deadline
from tasks.model.run import INTERNAL

DEFAULTS_FILE = FilePath(__file__).parent / "policy.defaults.yml"
Roles = Annotated[Several[Slug], Field(min_length=1)]
BySeverity = Mapping[Severity, Whole]


class Time(Strict):
    """What becomes of local times that are ambiguous or do not exist (R-TM2)."""

    store: Literal["UTC"]
    ambiguous_local: Literal["quarantine"]
    nonexistent_local: Literal["quarantine"]


class Display(Strict):
    """How pages print; `timezone` is that of pages that span contracts, `pdf` whether packs are PDFs too."""

    timezone: ZoneName
    pct_decimals: Whole
    pct_rounding: Literal["floor"]
    language: Literal["en"]
    pdf: bool


class Timeline(Strict):
    """When a restored service counts as restored, and a reopened incident as the same one."""

    restore_confirmation_s: Whole
    reopen_same_incident_h: Whole
    order_tolerance_s: Whole


class Weights(Strict):
    """What each feature of a pair adds to its score; together 1 (RC-M1)."""

    overlap: Share
    opening: Share
    start_proximity: Share
    component: Share
    text_or_cause: Share

    @model_validator(mode="after")
    def _add_up(self) -> Weights:
        total = sum((getattr(self, name) for name in type(self).model_fields), Decimal(0))
        if total != 1:
            raise refused("WEIGHTS_UNCLEAR", f"the weights add up to {total}", fix="make them add up to 1, so that a score is a share")
        return self


class Opening(Strict):
    """The window around a span in which the other record's opening counts fully, and where it counts nothing."""

    before_s: Whole
    after_s: Whole
    zero_at_s: Positive


class ComponentRelation(Strict):
    """What the relation of two components is worth."""

    same: Share
    parent_child: Share
    no_component: Share
    shared_dependency: Share
    none: Share


class MutualBest(Strict):
    """A lower score suffices for a record's best candidate that leads the next one."""

    at_least: Share
    lead: Share


class SharedWords(Strict):
    """How many times as frequent it is among records of one outage as among others that they share so many words."""

    half: Factor
    some: Factor
    none: Factor
    unknown: Factor


class SharedComponents(Strict):
    """How many times as frequent a relation of components is among records of one outage as among others."""

    same: Factor
    parent_child: Factor
    no_component: Factor
    shared_dependency: Factor
    none: Factor


class SharedEnds(Strict):
    """How many times as frequent it is among records of one outage as among others that they end near each other, far apart, or between."""

    near_s: Whole
    far_s: Whole
    near: Factor
    between: Factor
    far: Factor


class CommonWords(Strict):
    """Words that so many titles have say nothing: a share of them, and at least a number."""

    share: Share
    least: Positive


class Chance(Strict):
    """How many others chance alone brings as near to a record as another one, and is as much like it; fewer than a limit is no chance."""

    window_s: Positive
    nearest_s: Positive
    words: SharedWords
    components: SharedComponents
    ends: SharedEnds
    common_words: CommonWords
    best_below: Factor
    any_below: Factor
    story_below: Factor
    explained_from: Factor

    @model_validator(mode="after")
    def _limits_rise(self) -> Chance:
        if not self.any_below <= self.best_below <= self.explained_from:
            what = f"limits {self.any_below}, {self.best_below} and {self.explained_from} do not rise"
            raise refused("CANNOT_HAPPEN", what, fix="state any_below <= best_below <= explained_from")
        return self


class Calibration(Strict):
    """On which decided pairs the thresholds were set."""

    pairs: Positive
    period: Text
    precision: Share
    recall: Share
    method: Text


class Matching(Strict):
    """How records of one incident find each other (DOMAIN 4.1)."""

    widen_s: Whole
    weights: Weights
    opening: Opening
    start_proximity_zero_at_s: Positive
    component_relation: ComponentRelation
    auto_at_least: Share
    auto_mutual_best: MutualBest | None
    chance: Chance
    review_at_least: Share
    open_span_cap_h: Positive
    reference_max_gap_h: Positive
    target_precision: Share
    calibration: Calibration | None

    @model_validator(mode="after")
    def _thresholds_rise(self) -> Matching:
        mutual = self.auto_mutual_best.at_least if self.auto_mutual_best else self.auto_at_least
        if not self.review_at_least <= mutual <= self.auto_at_least:
            what = f"review from {self.review_at_least}, mutual best from {mutual} and match from {self.auto_at_least} do not rise"
            raise refused("CANNOT_HAPPEN", what, fix="state review_at_least <= auto_mutual_best.at_least <= auto_at_least")
        return self


class Episodes(Strict):
    """Gaps that still join alerts to a session, and sessions to an episode."""

    session_gap_s: Whole
    episode_gap_s: Whole


class Noise(Strict):
    """From how many alerts of one session on a rule flaps, and which hold times tuning hints try (M-06)."""

    flapping_alerts: Annotated[int, Field(ge=2)]
    hold_s: Annotated[Several[Positive], Field(min_length=1)]


class Duration(Strict):
    """Two durations agree within the larger of both."""

    abs_s: Whole
    rel: Share


class ZoneOffset(Strict):
    """When times of an author or a feed are said to be written in another zone: whole steps apart from machines, in enough pairs."""

    step_min: Positive
    least_min: Positive
    most_h: Positive
    min_pairs: Positive
    min_share: Share


class Tolerances(Strict):
    """What is still no discrepancy (DOMAIN 4.3)."""

    skew_s: Whole
    duration: Duration
    median_skew_s: Whole
    zone_offset: ZoneOffset
    duplicate_overlap: Share
    orphan_alert_min_s: Whole
    missing_ticket_min_s: Whole
    vendor_report_business_days: Positive


class Monitoring(Strict):
    """From which coverage on samples decide."""

    coverage_for_interval_basis: Share


class SilentDisputes(Strict):
    """Dispute terms where a contract is silent."""

    window_business_days: Positive
    decision_days: Positive


class Disputes(Strict):
    """How disputes end (R-DI4)."""

    when_contract_silent: SilentDisputes
    lapsed_raised_by_provider: Literal["counted", "excluded"]
    lapsed_raised_by_customer: Literal["counted", "excluded"]


class Restatement(Strict):
    """When later knowledge must be restated (R-RS1)."""

    min_change_pct_points: Percent
    always_if: Several[Literal["status", "tier", "payable"]]


class SilentClaims(Strict):
    """Claim terms where a contract is silent."""

    deadline: Deadline


class ClaimDesk(Strict):
    """Internal dates of the claim desk (R-DL3)."""

    when_contract_silent: SilentClaims
    prepare_business_days_before: Whole
    file_business_days_before: Whole
    red_business_days_before: Whole
    two_person_above: Amount


class SignedPacks(Strict):
    """Per pack what is signed and by which role."""

    month: Mapping[Slug, Slug]
    quarter: Mapping[Slug, Slug]
    trends: Mapping[Slug, Slug]
    claims: Mapping[Slug, Slug]

    def of(self, occasion: str, edition: str = INTERNAL) -> dict[str, str]:
        """Return role by part for the packs of an occasion; none where nobody signs them.

        Of a quarter's two editions the vendor's asks for the parts whose names begin with `vendor_`, ours for the others.
        """
        roles = dict(getattr(self, occasion, {}))
        return (
            roles
            if edition == INTERNAL
            else {part: role for part, role in roles.items() if part.startswith("vendor_") is (edition == "vendor")}
        )


class ExceptionRoles(Strict):
    """Who must sign an exception, by what it touches."""

    measure: Roles
    interval: Roles
    severity: Roles


class ExclusionRoles(Strict):
    """Who must sign an exclusion, by its type."""

    customer_caused: Roles
    force_majeure: Roles
    emergency_maintenance: Roles
    third_party: Roles


class OverrideRoles(Strict):
    """Who must sign an override."""

    moves_money: Roles
    other: Roles


class SignOff(Strict):
    """Roles that must sign, and until when."""

    packs: SignedPacks
    exceptions: ExceptionRoles
    exclusions: ExclusionRoles
    overrides: OverrideRoles
    waive_credit: Roles
    hold_release: Roles
    metric_exclusion: Roles
    exception_business_days: Positive
    ready_business_day: Positive
    signed_business_day: Positive


class SeverityRow(Strict):
    """What a severity means; a bound left out does not bound (C-02, C-03)."""

    impact: Text
    affected_from: Stated[Share] = None
    affected_to: Stated[Share] = None
    availability_from: Stated[Share] = None
    availability_to: Stated[Share] = None
    response_min: Stated[Positive] = None
    restore_min: Stated[Positive] = None
    consequence: Text


class SilentSeverity(Strict):
    """Targets where a contract has none; none are invented by default."""

    per_severity: Mapping[Severity, SeverityTarget]


class Severities(Strict):
    """Which severities are major, and what a downgrade needs."""

    major: Several[Severity]
    downgrade_min_chars: Whole
    downgrade_max_lag_min: Whole
    reason_codes: Several[Slug]
    matrix: Mapping[Severity, SeverityRow]
    when_contract_silent: SilentSeverity


class ReportableCriterion(Strict):
    """Which incidents must be reported."""

    severity_at_least: Severity
    sla_governed: Flag
    min_s: Whole


class EscalationStep(Strict):
    """One tier of an escalation path."""

    tier: Text
    skill: Text
    rota: Stated[Text] = None
    deputy: Stated[Text] = None
    reviewed_at: Stated[Text] = None


class Escalation(Strict):
    """When and to whom an incident goes up."""

    trigger_min: Mapping[Severity, Mapping[str, Positive]]
    paths: Mapping[str, tuple[EscalationStep, ...]]
    review_days: Positive
    bypass_conditions: Mapping[Slug, Text]


class PeakHours(Strict):
    """When runbooks need an approval."""

    calendar: Id
    runbooks_need_approval: Flag


class Degradation(Strict):
    """Thresholds that open a service review (C-40)."""

    availability_allowance_used: Amount
    mttr_restore_ratio_to_previous_quarter: Amount
    recurrence_rate: Share
    false_positive_rate: Share
    unmeasured_share: Share


class Watch(Strict):
    """What is watched while a window runs."""

    review_business_days: Positive
    clock_thresholds_pct: Several[Positive]
    allowance_used_pct: Several[Positive]
    degradation: Degradation


class ChronicPattern(Strict):
    """When recurrence is a pattern (C-44)."""

    count: Positive
    within_days: Positive
    quarters: Positive


class SmallN(Strict):
    """Below which n a metric is listed only, or flagged."""

    list_only_below: Whole
    flagged_below: Whole


class Bootstrap(Strict):
    """How intervals are found by resampling (M-08)."""

    resamples: Positive
    level: Share
    generator: Literal["splitmix64"]


class Comparison(Strict):
    """When a change is called one."""

    alpha: Share
    min_relative_change: Share
    multiplicity: Literal["holm"]
    permutations: Positive


class Metrics(Strict):
    """Limits of statistics (DOMAIN 5)."""

    recurrence_days: Positive
    chronic: ChronicPattern
    change_lookback_h: Positive
    small_n: SmallN
    bootstrap: Bootstrap
    wilson_z: Amount
    quantile_type: Literal[7]
    comparison: Comparison
    correlation_min_weeks: Positive
    outlier_reasons: Several[Slug]


class Reviews(Strict):
    """Until when reviews are due."""

    review_h: Positive
    runbook_h: Positive
    joint_review_business_days: Positive
    candidate_change_business_days: Positive


class Communication(Strict):
    """How often and how soon others are told."""

    update_min: BySeverity
    first_public_update_min: Positive
    standup_max_min: Positive


class ForeignExchange(Strict):
    """Where rates come from and when they may be used (R-MO3)."""

    source: Text
    use: Literal["consolidated_views_only"]
    rate_date: Literal["window_last_day"]
    max_age_days: Whole
    missing: Literal["print_by_currency"]


class Keeping(Strict):
    """How long a class of records is kept, and what follows."""

    after: Stated[Slug] = None
    years: Stated[Positive] = None
    months: Stated[Positive] = None
    days_after_decision: Stated[Positive] = None
    state_intervals_years: Stated[Positive] = None
    extend_to: Stated[Slug] = None
    then: Stated[Slug] = None


class Retention(Strict):
    """Retention by class of record (DOMAIN 8)."""

    contract_class: Keeping
    results_class: Keeping
    raw_class: Keeping
    alerts: Keeping
    samples: Keeping
    access_rows: Keeping
    chat: Keeping
    quarantine: Keeping
    deletion_grace_days: Whole


class Privacy(Strict):
    """How people are kept from being named (DOMAIN 8)."""

    pseudonym: Literal["hmac_sha256_base32_16"]
    key_scope: Literal["region"]
    key_rotation: Literal["yearly"]
    min_group: Positive
    free_text: Literal["redact_at_ingestion"]


class Policy(Strict):
    """The resolved policy. `calendars` are documents in the form of `reference/calendars/`; `quality` is limits by rule id (DOMAIN 4.5)."""

    schema_name: Literal["policy/1"] = Field(alias="schema")
    time: Time
    display: Display
    business_calendar: Id
    calendars: Mapping[Id, Mapping[str, Any]]
    timeline: Timeline
    matching: Matching
    episodes: Episodes
    noise: Noise
    tolerances: Tolerances
    monitoring: Monitoring
    quality: Mapping[str, Mapping[str, Any]]
    disputes: Disputes
    restatement: Restatement
    claims: ClaimDesk
    signoff: SignOff
    severity_map: Mapping[str, Severity]
    severity: Severities
    reportable_criteria: Mapping[str, ReportableCriterion]
    escalation: Escalation
    peak_hours: PeakHours
    watch: Watch
    metrics: Metrics
    reviews: Reviews
    communication: Communication
    diagnosis_limit_min: BySeverity
    fx: ForeignExchange
    retention: Retention
    privacy: Privacy

    @property
    def resolved(self) -> dict[str, Any]:
        """Return the whole policy as JSON, decimals as text."""
        return self.model_dump(mode="json")

    @cached_property
    def sha256(self) -> str:
        """Return the hash of the resolved policy's canonical JSON."""
        return sha256_json(self.resolved)


@cache
def policy_defaults() -> Mapping[str, Any]:
    """Return `policy.defaults.yml`, read once in a process."""
    defaults: dict[str, Any] = yaml.load(DEFAULTS_FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return defaults


def resolve_policy(document: Any = None) -> Policy:
    """Return the policy that a document states over the defaults.

    Args:
        document: The mapping of `policy.yml`, as YAML 1.2 gives it; None if there is no such file.

    Raises:
        FaultsError: With a `FormError` for every unknown key and wrong value.
    """
    own = {} if document is None else document
    if not isinstance(own, Mapping):
        raise FaultsError([FormError("WRONG_TYPE", (), f"{shown(own)} is not a mapping", fix="write the keys of policy.defaults.yml")])
    faults: list[FormError] = list(_quality_faults(own.get("quality", {}), policy_defaults()["quality"]))
    try:
        policy = read(Policy, overlay(policy_defaults(), own))
    except FaultsError as error:
        raise FaultsError([*faults, *error.faults]) from error
    if faults:
        raise FaultsError(faults)
    return policy


def _quality_faults(own: Any, defaults: Mapping[str, Mapping[str, Any]]) -> Iterator[FormError]:
    """Yield what is wrong with limits of rules: each rule has the keys and kinds of value that its defaults have."""
    for rule_id, limits in own.items() if isinstance(own, Mapping) else ():
        path: Path = ("quality", rule_id)
        if rule_id not in defaults:
            yield FormError.unknown("UNKNOWN_KEY", path, "rule", rule_id, defaults, "use a known rule id")
            continue
        for key, value in limits.items() if isinstance(limits, Mapping) else ():
            if key not in defaults[rule_id]:
                yield FormError.unknown("UNKNOWN_KEY", (*path, key), "key", key, defaults[rule_id], "use a known key, or remove it")
            elif not _is_like(value, defaults[rule_id][key]):
                fix = f"write it like its default, {defaults[rule_id][key]!r}"
                yield FormError("WRONG_TYPE", (*path, key), f"{shown(value)} is not of the kind this limit has", fix=fix)


def _is_like(value: Any, default: Any) -> bool:
    return type(value) is type(default) and (not _is_decimal(default) or _is_decimal(value))


def _is_decimal(value: Any) -> bool:
    try:
        return isinstance(value, str) and Decimal(value).is_finite()
    except InvalidOperation:
        return False
