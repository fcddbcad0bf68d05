"""The columns of schema `run`, which SQL joins: fixed here, filled by `run_tables`, by the gate and by publishing; tests do so by hand."""

from __future__ import annotations

FRACTION = "DECIMAL(9,6)"

COLUMNS: dict[str, dict[str, str]] = {
    # one row: the run itself. `as_of` is resolved; instants are UTC; period bounds are cut in the home's display zone
    "run.context": {
        "occasion": "VARCHAR",
        "period": "VARCHAR",
        "period_start_at": "TIMESTAMPTZ",
        "period_end_at": "TIMESTAMPTZ",
        "as_of": "TIMESTAMPTZ",
        "region": "VARCHAR",
        "display_timezone": "VARCHAR",
        "is_preview": "BOOLEAN",
    },
    # windows that metrics are computed of, one row each: those a run lists, and those before that they are compared with
    "run.metric_windows": {
        "period": "VARCHAR",
        "start_at": "TIMESTAMPTZ",
        "end_at": "TIMESTAMPTZ",
        "previous_period": "VARCHAR",  # null: nothing to compare with
        "is_listed": "BOOLEAN",
        "first_month": "BIGINT",  # year x 12 + month - 1 of its first and of its last day
        "last_month": "BIGINT",
    },
    # periods whose verdicts count in a window: the months and quarters that lie wholly in it
    "run.judged_in_windows": {"period": "VARCHAR", "judged_period": "VARCHAR"},
    # the catalogue of metrics as people wrote it (M-17)
    "run.kpis": dict.fromkeys(("metric_id", "title", "definition", "anchors", "owner_role", "purpose", "decision_fed"), "VARCHAR")
    | {"reviewed_on": "DATE", "review_decision": "VARCHAR", "review_days": "BIGINT"},
    # minutes after which an incident of a severity must have been escalated to a tier (policy.escalation.trigger_min)
    "run.escalation_triggers": {"severity": "VARCHAR", "tier": "VARCHAR", "after_us": "BIGINT"},
    # one row: policy.yml over policy.defaults.yml, durations in microseconds
    "run.policy": {
        "widen_us": "BIGINT",
        "weight_overlap": FRACTION,
        "weight_opening": FRACTION,
        "weight_start_proximity": FRACTION,
        "weight_component": FRACTION,
        "weight_text_or_cause": FRACTION,
        "opening_before_us": "BIGINT",
        "opening_after_us": "BIGINT",
        "opening_zero_at_us": "BIGINT",
        "start_proximity_zero_at_us": "BIGINT",
        "relation_same": FRACTION,
        "relation_parent_child": FRACTION,
        "relation_no_component": FRACTION,
        "relation_shared_dependency": FRACTION,
        "relation_none": FRACTION,
        "auto_at_least": FRACTION,
        "mutual_best_at_least": FRACTION,  # null: no such rule
        "mutual_best_lead": FRACTION,
        "review_at_least": FRACTION,
        "chance_window_us": "BIGINT",
        "chance_nearest_us": "BIGINT",
        "words_half": FRACTION,
        "words_some": FRACTION,
        "words_none": FRACTION,
        "words_unknown": FRACTION,
        "components_same": FRACTION,
        "components_parent_child": FRACTION,
        "components_no_component": FRACTION,
        "components_shared_dependency": FRACTION,
        "components_none": FRACTION,
        "ends_near_us": "BIGINT",
        "ends_far_us": "BIGINT",
        "ends_near": FRACTION,
        "ends_between": FRACTION,
        "ends_far": FRACTION,
        "common_words_share": FRACTION,
        "common_words_least": "BIGINT",
        "best_below": FRACTION,
        "any_below": FRACTION,
        "story_below": FRACTION,
        "explained_from": FRACTION,
        "open_span_cap_us": "BIGINT",
        "reference_max_gap_us": "BIGINT",
        "session_gap_us": "BIGINT",
        "episode_gap_us": "BIGINT",
        "flapping_alerts": "BIGINT",
        "tried_holds_us": "BIGINT[]",
        "skew_us": "BIGINT",
        "median_skew_us": "BIGINT",
        "zone_step_us": "BIGINT",
        "zone_least_us": "BIGINT",
        "zone_most_us": "BIGINT",
        "zone_min_pairs": "BIGINT",
        "zone_min_share": FRACTION,
        "duration_abs_us": "BIGINT",
        "duration_rel": FRACTION,
        "duplicate_overlap": FRACTION,
        "orphan_alert_min_us": "BIGINT",
        "missing_ticket_min_us": "BIGINT",
        "vendor_report_business_days": "BIGINT",
        "interval_coverage": FRACTION,
        "restore_confirmation_us": "BIGINT",
        "reopen_us": "BIGINT",
        "order_tolerance_us": "BIGINT",
        "unmeasured_warn_above": FRACTION,
        "unmeasured_block_above": FRACTION,
        "recurrence_us": "BIGINT",
        "change_lookback_us": "BIGINT",
        "list_only_below": "BIGINT",
        "flagged_below": "BIGINT",
        "bootstrap_resamples": "BIGINT",
        "review_us": "BIGINT",
        "runbook_us": "BIGINT",
        "min_group": "BIGINT",
        "min_weeks": "BIGINT",
        "outlier_reasons": "VARCHAR[]",
        "outlier_roles": "VARCHAR[]",
        "wilson_z": "DECIMAL(18,15)",
        "major_severities": "VARCHAR[]",
    },
    # policy.severity_map and the maps of single sources: raw word in lower case -> class; source_system null = every source
    "run.severity_map": {"source_system": "VARCHAR", "severity_raw": "VARCHAR", "severity": "VARCHAR"},
    # contract versions, resolved
    "run.contract_versions": {
        "contract_version_id": "VARCHAR",
        "contract_id": "VARCHAR",
        "number": "BIGINT",
        "provider_id": "VARCHAR",
        "provider_role": "VARCHAR",
        "timezone": "VARCHAR",
        "currency": "VARCHAR",
        "effective_from": "TIMESTAMPTZ",
        "effective_to": "TIMESTAMPTZ",
        "is_unsigned": "BOOLEAN",
        "report_business_days": "BIGINT",  # null: the policy's
    },
    # one row per contract version, measure and governed service; options are those of contract.defaults.yml, defaults filled in
    "run.measures": {
        "contract_version_id": "VARCHAR",
        "contract_id": "VARCHAR",
        "measure_id": "VARCHAR",
        "kind": "VARCHAR",
        "service_id": "VARCHAR",
        "provider_id": "VARCHAR",
        "target": FRACTION,  # percent
        "comparator": "VARCHAR",
        "round_places": "BIGINT",  # null: compared exactly (R-AV4)
        "round_mode": "VARCHAR",
        "service_hours": "VARCHAR",
        "denominator": "VARCHAR",
        "is_denominator_silent": "BOOLEAN",
        "partial_period": "VARCHAR",
        "is_partial_period_silent": "BOOLEAN",
        "unmeasured_time": "VARCHAR",
        "composite": "VARCHAR",
        "composite_k": "BIGINT",
        "measured_by": "VARCHAR[]",
        "confirmed_by": "BIGINT",
        "unavailable_rule": "VARCHAR",
        "unavailable_states": "VARCHAR[]",
        "severity_at_least": "VARCHAR",
        "error_threshold": FRACTION,
        "error_comparator": "VARCHAR",
        "error_per": "VARCHAR",
        "min_requests": "BIGINT",
        "interval_us": "BIGINT",  # of error rates that are averaged (R-GR6)
        "idle_interval_error": FRACTION,
        "failed_rule": "VARCHAR",  # when a request failed
        "waived_minutes": "BIGINT",  # of a clock hour (R-GR7)
        "waived_comparator": "VARCHAR",
        "outage_clock_start": "VARCHAR",
        "granularity": "VARCHAR",
        "min_consecutive_us": "BIGINT",
        "min_consecutive_comparator": "VARCHAR",
        "bridge_gap_us": "BIGINT",
        "partial_outage": "VARCHAR",
        "weight_degraded": FRACTION,
        "weight_down": FRACTION,
        "overlap_weight": "VARCHAR",
        "stated_users": "BIGINT",  # null: the catalogue's
        "clause": "VARCHAR",
    },
    # one row per contract version, measure of incidents and severity that it sets a target for (R-CL, R-SV, R-PA, R-RE, R-BH1)
    "run.incident_terms": {
        "contract_version_id": "VARCHAR",
        "contract_id": "VARCHAR",
        "measure_id": "VARCHAR",
        "severity": "VARCHAR",
        "clock": "VARCHAR",  # response, restore or resolve
        "clock_start": "VARCHAR",
        "is_clock_start_silent": "BOOLEAN",
        "severity_change": "VARCHAR",
        "is_severity_change_silent": "BOOLEAN",
        "stop": "VARCHAR",
        "pause_reasons": "VARCHAR[]",  # empty: no pause is allowed
        "reopen_us": "BIGINT",  # a reopening later than this is another incident; 0: every one
        "attribution": "VARCHAR",
        "service_hours": "VARCHAR",
        "target_us": "BIGINT",  # null: in business days
        "business_days": "BIGINT",
        "until": "VARCHAR",
        "day_calendar": "VARCHAR",  # whose dates business days are
    },
    # low-volume rules of measures of kind attainment; null: none (E87)
    "run.attainment_terms": {
        "contract_version_id": "VARCHAR",
        "measure_id": "VARCHAR",
        "low_volume_below": "BIGINT",
        "allowed_misses": "BIGINT",
    },
    # components in the scope of a measure for a service; the root component (component_id = service_id) is always among them
    "run.measure_components": {
        "contract_version_id": "VARCHAR",
        "measure_id": "VARCHAR",
        "service_id": "VARCHAR",
        "component_id": "VARCHAR",
    },
    # exclusion rules of a contract version (measure_id null) and of measures that override them
    "run.exclusion_terms": {
        "contract_version_id": "VARCHAR",
        "measure_id": "VARCHAR",
        "type": "VARCHAR",
        "is_allowed": "BOOLEAN",
        "notice_us": "BIGINT",
        "is_approval_required": "BOOLEAN",
        "max_us_per_month": "BIGINT",
        "accepted_by": "VARCHAR",
        "named": "VARCHAR[]",
        "clause": "VARCHAR",
    },
    # windows that the period lists, one row per measure, service and window part (R-TM3, R-VE1); not clipped to as_of
    "run.windows": {
        "contract_version_id": "VARCHAR",
        "measure_id": "VARCHAR",
        "service_id": "VARCHAR",
        "period": "VARCHAR",
        "window_start_at": "TIMESTAMPTZ",
        "window_end_at": "TIMESTAMPTZ",
        "start_at": "TIMESTAMPTZ",
        "end_at": "TIMESTAMPTZ",
    },
    # open spans of the calendars in use over the windows (tables.yml calendar_hours)
    "run.calendar_hours": {"calendar_id": "VARCHAR", "business_date": "DATE", "start_at": "TIMESTAMPTZ", "end_at": "TIMESTAMPTZ"},
    # what the gate blocks in windows of a period, written by measuring: blocks = met (no service level of the service may say met) or
    # credits (fees do not tie)
    "run.quality_blocks": {"service_id": "VARCHAR", "rule_id": "VARCHAR", "blocks": "VARCHAR", "period": "VARCHAR"},
    # spans of time that files of a provider's own records speak of; measuring fills it
    "run.feed_spans": {"provider_id": "VARCHAR", "start_at": "TIMESTAMPTZ", "end_at": "TIMESTAMPTZ"},
}

# what sql/run builds the tables of measures, their components and their windows from
GIVEN_COLUMNS: dict[str, dict[str, str]] = {
    # terms of a measure, before they are joined to the services it governs
    "run.measure_terms": {name: kind for name, kind in COLUMNS["run.measures"].items() if name != "service_id"},
    # applies_to of a measure; an empty list names nothing
    "run.measure_scopes": {
        "contract_version_id": "VARCHAR",
        "measure_id": "VARCHAR",
        "provider_id": "VARCHAR",
        "services": "VARCHAR[]",
        "components": "VARCHAR[]",
        "regions": "VARCHAR[]",
        "classes": "VARCHAR[]",
    },
    # what a contract version judges of a window that the period lists
    "run.version_windows": {
        "contract_version_id": "VARCHAR",
        "period": "VARCHAR",
        "window_start_at": "TIMESTAMPTZ",
        "window_end_at": "TIMESTAMPTZ",
        "start_at": "TIMESTAMPTZ",
        "end_at": "TIMESTAMPTZ",
    },
}

# what the last sealed pack of the period said, and what is new since; publishing fills it, beside tables of that pack (`BASE_TABLES`)
BASE_COLUMNS: dict[str, dict[str, str]] = {
    # one row, none without such a pack: what R-RS1 calls a change that must be told
    "run.base": {"run_id": "VARCHAR", "min_change_pct_points": FRACTION, "always_if": "VARCHAR[]"},
    # one row per cause; share is 1 where it is the only one, null where several causes were not told apart
    "run.causes": {"cause": "VARCHAR", "cause_ref": "VARCHAR", "share": "BIGINT"},
}
BASE_TABLES = ("sla_results", "incident_targets", "credits", "claims")  # as run.base_<table>
# the contract that is replayed under other terms; beside it what was judged under its own (`REPLAYED_TABLES`, as run.base_<table>)
REPLAY_COLUMNS = {"run.replay": {"contract_id": "VARCHAR", "baseline_version_id": "VARCHAR", "other_sha256": "VARCHAR"}}
REPLAYED_TABLES = ("sla_results", "incident_targets", "credits")

# what the gate's counts read beyond that; the gate fills it
GATE_COLUMNS: dict[str, dict[str, str]] = {
    # the files that are staged, as their landings state them
    "run.landings": {
        "landing_seq": "BIGINT",
        "source_id": "VARCHAR",
        "source_system": "VARCHAR",
        "file_sha256": "VARCHAR",
        "covers_start_at": "TIMESTAMPTZ",
        "covers_end_at": "TIMESTAMPTZ",
        "extracted_at": "TIMESTAMPTZ",
    },
    # the months judged: the run's own, and those before it that a pack shows
    "run.judged_periods": {"period": "VARCHAR", "start_at": "TIMESTAMPTZ", "end_at": "TIMESTAMPTZ", "is_over": "BOOLEAN"},
    # policy.quality as text
    "run.quality_limits": {"rule_id": "VARCHAR", "name": "VARCHAR", "value": "VARCHAR"},
    # the rules judged, in the order of pages; `file` is where people wrote one, null for built-in ones
    "staged.gate_rules": {"place": "BIGINT", "rule_id": "VARCHAR", "words": "VARCHAR", "file": "VARCHAR"},
    # of every key of which a row was set aside, the newest landing that brought an accepted one
    "staged.newest_accepted": {"source_system": "VARCHAR", "entity": "VARCHAR", "source_key": "VARCHAR", "landing_seq": "BIGINT"},
}
