"""Rows of the `run` tables that follow from the policy and the contracts alone: durations in microseconds, options flattened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from tasks.model.calendar import AROUND_THE_CLOCK
from tasks.model.contract import Contract
from tasks.model.form import Severity
from tasks.model.measures import (
    Attainment,
    Availability,
    Base,
    ErrorRate,
    Exclusions,
    KOfN,
    Measure,
    NewIncident,
    Outage,
    RequestRatio,
    Resolve,
    Response,
    Restore,
    RoundedFirst,
    Waiver,
)
from tasks.model.policy import Policy
from tasks.model.reference import Source
from tasks.model.run import Run
from tasks.model.window import WindowPart
from tasks.store.journal import Row as JournalRow

Row = dict[str, Any]
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
EXCLUSION_TYPES = tuple(name for name in Exclusions.model_fields if name != "clause")
PLAIN_OPTIONS = (  # options of a measure that are columns as they stand; a kind without one leaves it null
    "kind",
    "target",
    "comparator",
    "service_hours",
    "denominator",
    "partial_period",
    "unmeasured_time",
    "measured_by",
    "confirmed_by",
    "outage_clock_start",
    "granularity",
    "partial_outage",
    "overlap_weight",
    "idle_interval_error",
    "clause",
)


def landing_rows(landings: Iterable[JournalRow]) -> list[Row]:
    """Return the rows of run.landings: the journal's rows of the files that are staged, as their landings state them."""
    return [{**(row.body or {}), "landing_seq": row.seq} for row in landings]


def context_row(run: Run) -> Row:
    """Return the one row of run.context."""
    return {
        "occasion": run.occasion,
        "period": run.period,
        "period_start_at": run.start_at,
        "period_end_at": run.end_at,
        "as_of": run.as_of,
        "region": run.region,
        "display_timezone": run.display_timezone,
        "is_preview": run.is_preview,
    }


def policy_row(policy: Policy) -> Row:
    """Return the one row of run.policy."""
    return _matching(policy) | _tolerances(policy) | _statistics(policy)


def _matching(policy: Policy) -> Row:
    matching = policy.matching
    best, chance = matching.auto_mutual_best, matching.chance
    return {
        "widen_us": matching.widen_s * SECOND_US,
        **{f"weight_{feature}": weight for feature, weight in matching.weights},
        "opening_before_us": matching.opening.before_s * SECOND_US,
        "opening_after_us": matching.opening.after_s * SECOND_US,
        "opening_zero_at_us": matching.opening.zero_at_s * SECOND_US,
        "start_proximity_zero_at_us": matching.start_proximity_zero_at_s * SECOND_US,
        **{f"relation_{relation}": worth for relation, worth in matching.component_relation},
        "auto_at_least": matching.auto_at_least,
        "mutual_best_at_least": best and best.at_least,
        "mutual_best_lead": best and best.lead,
        "review_at_least": matching.review_at_least,
        "chance_window_us": chance.window_s * SECOND_US,
        "chance_nearest_us": chance.nearest_s * SECOND_US,
        **{f"words_{shared}": factor for shared, factor in chance.words},
        **{f"components_{relation}": factor for relation, factor in chance.components},
        "ends_near_us": chance.ends.near_s * SECOND_US,
        "ends_far_us": chance.ends.far_s * SECOND_US,
        **{f"ends_{place}": getattr(chance.ends, place) for place in ("near", "between", "far")},
        **{f"common_words_{limit}": value for limit, value in chance.common_words},
        "best_below": chance.best_below,
        "any_below": chance.any_below,
        "story_below": chance.story_below,
        "explained_from": chance.explained_from,
        "open_span_cap_us": matching.open_span_cap_h * HOUR_US,
        "reference_max_gap_us": matching.reference_max_gap_h * HOUR_US,
        "session_gap_us": policy.episodes.session_gap_s * SECOND_US,
        "episode_gap_us": policy.episodes.episode_gap_s * SECOND_US,
        "flapping_alerts": policy.noise.flapping_alerts,
        "tried_holds_us": [hold_s * SECOND_US for hold_s in policy.noise.hold_s],
    }


def _tolerances(policy: Policy) -> Row:
    tolerances, timeline, zones = policy.tolerances, policy.timeline, policy.tolerances.zone_offset
    return {
        "skew_us": tolerances.skew_s * SECOND_US,
        "median_skew_us": tolerances.median_skew_s * SECOND_US,
        "zone_step_us": zones.step_min * MINUTE_US,
        "zone_least_us": zones.least_min * MINUTE_US,
        "zone_most_us": zones.most_h * HOUR_US,
        "zone_min_pairs": zones.min_pairs,
        "zone_min_share": zones.min_share,
        "duration_abs_us": tolerances.duration.abs_s * SECOND_US,
        "duration_rel": tolerances.duration.rel,
        "duplicate_overlap": tolerances.duplicate_overlap,
        "orphan_alert_min_us": tolerances.orphan_alert_min_s * SECOND_US,
        "missing_ticket_min_us": tolerances.missing_ticket_min_s * SECOND_US,
        "vendor_report_business_days": tolerances.vendor_report_business_days,
        "interval_coverage": policy.monitoring.coverage_for_interval_basis,
        "restore_confirmation_us": timeline.restore_confirmation_s * SECOND_US,
        "reopen_us": timeline.reopen_same_incident_h * HOUR_US,
        "order_tolerance_us": timeline.order_tolerance_s * SECOND_US,
    }


def _statistics(policy: Policy) -> Row:
    metrics, unmeasured = policy.metrics, policy.quality["DQ-13"]
    return {
        "unmeasured_warn_above": unmeasured["warn_above"],
        "unmeasured_block_above": unmeasured["block_above"],
        "recurrence_us": metrics.recurrence_days * DAY_US,
        "change_lookback_us": metrics.change_lookback_h * HOUR_US,
        "list_only_below": metrics.small_n.list_only_below,
        "flagged_below": metrics.small_n.flagged_below,
        "bootstrap_resamples": metrics.bootstrap.resamples,
        "review_us": policy.reviews.review_h * HOUR_US,
        "runbook_us": policy.reviews.runbook_h * HOUR_US,
        "min_group": policy.privacy.min_group,
        "min_weeks": metrics.correlation_min_weeks,
        "outlier_reasons": metrics.outlier_reasons,
        "outlier_roles": policy.signoff.metric_exclusion,
        "wilson_z": metrics.wilson_z,
        "major_severities": policy.severity.major,
    }


def trigger_rows(policy: Policy) -> Iterator[Row]:
    """Yield the rows of run.escalation_triggers."""
    for severity, tiers in policy.escalation.trigger_min.items():
        yield from ({"severity": severity, "tier": tier, "after_us": minutes * MINUTE_US} for tier, minutes in tiers.items())


def severity_rows(policy: Policy, sources: Iterable[Source]) -> Iterator[Row]:
    """Yield the rows of run.severity_map: the policy's words for every source, and those of single systems.

    Where sources of one system map a word differently, the first in sources.yml holds.
    """
    maps = [(None, policy.severity_map), *((source.system, source.severity_map) for source in sources)]
    words: dict[tuple[str | None, str], Severity] = {}
    for system, mapped in maps:
        for word, severity in mapped.items():
            words.setdefault((system, word.lower()), severity)
    for (system, word), severity in words.items():
        yield {"source_system": system, "severity_raw": word, "severity": severity}


def version_rows(contracts: Iterable[Contract]) -> Iterator[Row]:
    """Yield the rows of run.contract_versions."""
    for contract in contracts:
        yield {
            "contract_version_id": contract.contract_version_id,
            "contract_id": contract.contract_id,
            "number": contract.version.number,
            "provider_id": contract.provider.id,
            "provider_role": contract.provider.role,
            "timezone": contract.clock.timezone,
            "currency": contract.currency,
            "effective_from": contract.effective_from,
            "effective_to": contract.effective_to,
            "is_unsigned": contract.is_unsigned,
            "report_business_days": contract.reporting.report_business_days,
        }


def term_rows(contracts: Iterable[Contract]) -> Iterator[Row]:
    """Yield the terms of every measure: rows of run.measures without the services."""
    for contract in contracts:
        for measure_id, measure in contract.measures.items():
            yield {
                "contract_version_id": contract.contract_version_id,
                "contract_id": contract.contract_id,
                "measure_id": measure_id,
                "provider_id": contract.provider.id,
                "is_denominator_silent": "denominator" in measure.silent,
                "is_partial_period_silent": "partial_period" in measure.silent,
                **_rounding(getattr(measure, "round_before_compare", "none")),
                **{option: getattr(measure, option, None) for option in PLAIN_OPTIONS},
                **_terms_of_kind(measure),
            }


def _terms_of_kind(measure: Measure) -> Row:
    if isinstance(measure, Availability):
        return _outage_terms(measure)
    if isinstance(measure, ErrorRate):
        return _plain_outages() | {"interval_us": measure.interval_s * SECOND_US}
    if isinstance(measure, RequestRatio):
        return _plain_outages() | {"failed_rule": measure.failed_when.rule}
    if isinstance(measure, Waiver):
        return _plain_outages() | _plain_base() | {"waived_minutes": measure.waiver.minutes, "waived_comparator": measure.waiver.comparator}
    return {}


def _plain_outages() -> Row:
    """Return the outage terms of a measure whose text cannot state any: those of the defaults."""
    outage = Outage()
    return {option: getattr(outage, option) for option in PLAIN_OPTIONS if hasattr(outage, option)} | _outage_terms(outage)


def _plain_base() -> Row:
    base = Base()
    return {option: getattr(base, option) for option in Base.model_fields}


def _rounding(rounded: RoundedFirst | str) -> Row:
    is_rounded = isinstance(rounded, RoundedFirst)
    return {"round_places": rounded.decimals if is_rounded else None, "round_mode": rounded.mode if is_rounded else None}


def _outage_terms(measure: Outage) -> Row:
    composite, unavailable = measure.composite, measure.unavailable_when
    weights, users = measure.state_weights, measure.user_minutes
    return {
        "composite": composite.kind if isinstance(composite, KOfN) else composite,
        "composite_k": composite.k if isinstance(composite, KOfN) else None,
        "unavailable_rule": unavailable.rule,
        "unavailable_states": getattr(unavailable, "states", None),
        "severity_at_least": getattr(unavailable, "severity_at_least", None),
        "error_threshold": getattr(unavailable, "threshold", None),
        "error_comparator": getattr(unavailable, "comparator", None),
        "error_per": getattr(unavailable, "per", None),
        "min_requests": getattr(unavailable, "min_requests", None),
        "min_consecutive_us": measure.min_consecutive.s * SECOND_US,
        "min_consecutive_comparator": measure.min_consecutive.comparator,
        "bridge_gap_us": measure.bridge_gap_s * SECOND_US,
        "weight_degraded": weights and weights.degraded,
        "weight_down": weights and weights.down,
        "stated_users": users.users if users and users.users_from == "stated" else None,
    }


def incident_term_rows(contracts: Iterable[Contract], policy: Policy) -> Iterator[Row]:
    """Yield the rows of run.incident_terms: what a measure demands of incidents of one severity; none where it sets no target."""
    for contract in contracts:
        for measure_id, measure in contract.measures.items():
            if isinstance(measure, Response | Restore | Resolve | Attainment):
                shared = {
                    "contract_version_id": contract.contract_version_id,
                    "contract_id": contract.contract_id,
                    "measure_id": measure_id,
                }
                yield from (shared | row for row in _severity_rows(measure, contract.clock.business_calendar or policy.business_calendar))


def _severity_rows(measure: Response | Restore | Resolve | Attainment, business_calendar: str) -> Iterator[Row]:
    clock = measure.of if isinstance(measure, Attainment) else measure.kind
    for severity, target in measure.per_severity.items():
        days = target.target_business_days(clock)
        if (target.target_us(clock) is None and days is None) or severity not in (measure.applies_to.severities or (severity,)):
            continue
        hours = target.service_hours or measure.service_hours
        yield _clock_options(measure, clock) | {
            "severity": severity,
            "service_hours": hours,
            "target_us": target.target_us(clock),
            "business_days": days and days.n,
            "until": days and days.until,
            "day_calendar": business_calendar if hours == AROUND_THE_CLOCK else hours,
        }


def _clock_options(measure: Response | Restore | Resolve | Attainment, clock: Literal["response", "restore", "resolve"]) -> Row:
    reopen = measure.reopen
    return {
        "clock": clock,
        "clock_start": measure.clock_start,
        "is_clock_start_silent": "clock_start" in measure.silent,
        "severity_change": measure.severity_change,
        "is_severity_change_silent": "severity_change" in measure.silent,
        "stop": {"response": measure.stop_response, "restore": measure.stop_restore, "resolve": measure.stop_resolve}[clock],
        "pause_reasons": measure.pauses.reasons if measure.pauses.allowed else (),
        "reopen_us": 0 if isinstance(reopen, NewIncident) else reopen.hours * HOUR_US,
        "attribution": measure.attribution,
    }


def attainment_rows(contracts: Iterable[Contract]) -> Iterator[Row]:
    """Yield the rows of run.attainment_terms: the low-volume rules of shares of incidents in time."""
    for contract in contracts:
        for measure_id, measure in contract.measures.items():
            if isinstance(measure, Attainment):
                low = measure.low_volume
                yield {
                    "contract_version_id": contract.contract_version_id,
                    "measure_id": measure_id,
                    "low_volume_below": low and low.below,
                    "allowed_misses": low and low.allowed_misses,
                }


def scope_rows(contracts: Iterable[Contract]) -> Iterator[Row]:
    """Yield what each measure applies to: rows of run.measure_scopes, empty lists naming nothing."""
    for contract in contracts:
        for measure_id, measure in contract.measures.items():
            yield {
                "contract_version_id": contract.contract_version_id,
                "measure_id": measure_id,
                "provider_id": contract.provider.id,
                "services": measure.applies_to.services,
                "components": measure.applies_to.components,
                "regions": measure.applies_to.regions,
                "classes": measure.applies_to.classes,
            }


def exclusion_rows(contracts: Iterable[Contract]) -> Iterator[Row]:
    """Yield the rows of run.exclusion_terms: the contract's rules, and those of measures of time or requests that state another."""
    for contract in contracts:
        yield from (_exclusion(contract, None, contract.exclusions, name) for name in EXCLUSION_TYPES)
        timed = {name: measure for name, measure in contract.measures.items() if isinstance(measure, Base | Waiver)}
        for measure_id, measure in timed.items():
            other = [name for name in EXCLUSION_TYPES if getattr(measure.exclusions, name) != getattr(contract.exclusions, name)]
            yield from (_exclusion(contract, measure_id, measure.exclusions, name) for name in other)


def _exclusion(contract: Contract, measure_id: str | None, exclusions: Exclusions, name: str) -> Row:
    terms = getattr(exclusions, name)
    longest_min = getattr(terms, "max_min_per_month", None)
    return {
        "contract_version_id": contract.contract_version_id,
        "measure_id": measure_id,
        "type": name,
        "is_allowed": terms.allowed,
        "notice_us": getattr(terms, "notice_h", 0) * HOUR_US + getattr(terms, "notice_min", 0) * MINUTE_US,
        "is_approval_required": getattr(terms, "approval_required", False),
        "max_us_per_month": None if longest_min is None else longest_min * MINUTE_US,
        "accepted_by": getattr(terms, "accepted_by", None),
        "named": getattr(terms, "named", None),
        "clause": terms.clause or exclusions.clause,
    }


def part_rows(parts: Iterable[WindowPart]) -> Iterator[Row]:
    """Yield what contract versions judge of the listed windows: rows of run.version_windows."""
    for part in parts:
        yield {
            "contract_version_id": part.contract.contract_version_id,
            "period": part.window.name,
            "window_start_at": part.window.start_at,
            "window_end_at": part.window.end_at,
            "start_at": part.start_at,
            "end_at": part.end_at,
        }
