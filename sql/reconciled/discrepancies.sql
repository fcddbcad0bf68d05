-- builds  reconciled.discrepancies: one row per discrepancy, as tables.yml has it
-- reads   what was found by kind and by the detectors (vendor_edits, skew_medians, zone_offsets), orphan episodes, incidents, when records
--         were recorded, people's decisions
-- rule    4.3; opened when the last record that reveals it was recorded; state by the latest decision that stands
with governed as (
    select hit.episode_no
    from (
        select
            episode_no,
            unnest(component_keys) as component_id
        from reconciled.episode_alerts
    ) as hit
    semi join reconciled.components as component on hit.component_id = component.component_id and component.is_governed
),

orphans as (
    select
        'RC-D7' as rule_id,
        'ORPHAN_ALERT' as type,
        null as incident_id,
        null as source_system,
        episode.raw_ids,
        null as field,
        instant_text(moment(episode.start_us)) as observed,
        null as expected,
        episode.end_us - episode.start_us as delta_us,
        policy.orphan_alert_min_us as tolerance_us
    from reconciled.episode_alerts as episode
    anti join reconciled.incident_records as member on episode.episode_no = member.episode_no
    semi join governed on episode.episode_no = governed.episode_no
    cross join run.policy as policy
    where
        episode.true_positives > 0
        and episode.end_us - episode.start_us > policy.orphan_alert_min_us
),

found as (
    select rule_id, type, incident_id, source_system, raw_ids, field, observed, expected, delta_us, tolerance_us
    from reconciled.span_differences
    union all
    select
        rule_id, type, incident_id, null as source_system, raw_ids, null as field, null as observed, null as expected, null as delta_us,
        null as tolerance_us
    from reconciled.missing_records
    union all
    select rule_id, type, incident_id, source_system, raw_ids, field, observed, expected, null as delta_us, null as tolerance_us
    from reconciled.word_differences
    union all
    select
        'RC-D8' as rule_id, 'TIMELINE_ORDER' as type, incident_id, null as source_system,
        list_filter([winner_raw_id], lambda raw_id: raw_id is not null) as raw_ids, field, observed, expected, delta_us, tolerance_us
    from reconciled.timeline_faults
    union all
    select rule_id, type, incident_id, source_system, raw_ids, field, observed, expected, null as delta_us, null as tolerance_us
    from reconciled.record_faults
    union all
    select rule_id, type, incident_id, source_system, raw_ids, field, observed, expected, delta_us, tolerance_us
    from reconciled.pause_faults
    union all
    select 'RC-D9' as rule_id, type, incident_id, source_system, raw_ids, field, observed, expected, null as delta_us, null as tolerance_us
    from reconciled.unproved_relief
    union all
    select rule_id, type, incident_id, source_system, raw_ids, field, observed, expected, delta_us, tolerance_us
    from orphans
    union all
    select rule_id, type, incident_id, source_system, raw_ids, field, observed, expected, delta_us, tolerance_us
    from reconciled.vendor_edits
    union all
    select rule_id, type, incident_id, source_system, raw_ids, field, observed, expected, delta_us, tolerance_us
    from reconciled.skew_medians
    where is_beyond
    union all
    select rule_id, type, incident_id, source_system, raw_ids, field, observed, expected, delta_us, tolerance_us
    from reconciled.zone_offsets
),

recorded as (
    select raw_id, recorded_from from staged.ticket
    union all
    select raw_id, recorded_from from staged.vendor_record
    union all
    select raw_id, recorded_from from staged.ticket_history
    union all
    select raw_id, recorded_from from reconciled.impaired_runs
    union all
    select raw_id, first_recorded_from as recorded_from from reconciled.session_alerts
    union all
    select raw_id, recorded_from from reconciled.unknown_names
    union all
    select raw_ids[2] as raw_id, recorded_from from reconciled.vendor_edits
    union all
    select raw_id, recorded_from from staged.severity_change
    union all
    select raw_id, recorded_from from staged.maintenance_window
    union all
    select raw_id, recorded_from from staged.exclusion_request
),

-- numbered, as a detector's list names thousands of records, and would else stand beside each of them
lists as (
    select
        raw_ids,
        row_number() over (order by raw_ids) as list_no
    from (select distinct raw_ids from found)
),

named as (
    select
        list_no,
        unnest(raw_ids) as raw_id
    from lists
),

latest as (
    select
        named.list_no,
        max(recorded.recorded_from) as opened_at
    from named
    inner join recorded on named.raw_id = recorded.raw_id
    group by named.list_no
),

openings as (
    select
        lists.raw_ids,
        latest.opened_at
    from lists
    inner join latest on lists.list_no = latest.list_no
),

founders as (
    select
        incident_id,
        max(first_recorded_from) as recorded_from
    from reconciled.incident_records
    group by incident_id
),

identified as (
    select
        short_id('D', json_array(found.type, found.incident_id, found.raw_ids, found.field)::varchar) as discrepancy_id,
        found.*
    from found
),

decisions as (
    select
        decision.discrepancy_id,
        decision.decision,
        decision.decided_at,
        decision.author_role,
        decision.discrepancy_decision_id
    from staged.discrepancy_decision as decision
    anti join staged.revocation as revocation
        on revocation.object_type = 'discrepancy_decision' and decision.discrepancy_decision_id = revocation.object_id
    qualify
        row_number() over (
            partition by decision.discrepancy_id
            order by decision.decided_at desc, decision.recorded_from desc, decision.discrepancy_decision_id desc
        ) = 1
)

select
    identified.discrepancy_id,
    identified.rule_id,
    identified.type,
    identified.incident_id,
    identified.source_system,
    identified.raw_ids,
    identified.field,
    identified.observed,
    identified.expected,
    identified.delta_us,
    identified.tolerance_us,
    words.severity_max as severity,
    coalesce(openings.opened_at, founders.recorded_from, context.as_of) as opened_at,
    coalesce(decisions.decision, 'open') as state,
    decisions.decided_at,
    decisions.author_role as decided_by_role,
    decisions.discrepancy_decision_id as decision_ref
from identified
left join openings on identified.raw_ids = openings.raw_ids
left join founders on identified.incident_id = founders.incident_id
left join reconciled.incident_words as words on identified.incident_id = words.incident_id
left join decisions on identified.discrepancy_id = decisions.discrepancy_id
cross join run.context as context
