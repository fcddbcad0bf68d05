-- builds  reconciled.stated_bounds (working table): one row per incident, bound (occurred_at, restored_at) and record that says when, ranked
-- reads   overrides, runs, alerts, tickets and vendor records of incidents, measured states
-- rule    4.2 occurred and restored; RC-P2. A provider's earlier start or later end is an admission and outranks what we saw (place 5). What
--         monitoring contradicts, because it still saw the component down then, does not stand (place 90): samples outrank
with overrides as (
    select
        incident_id,
        field,
        0 as place,
        0 as turn,
        epoch_us(try_cast(value as timestamptz)) as at_us,
        raw_id,
        'override' as rule_id
    from reconciled.incident_overrides
    where field in ('occurred_at', 'restored_at')
),

own_starts as (
    select
        incident_id,
        if(state = 'down', 10, 15) as place,
        0 as turn,
        min(start_us) as at_us,
        min_by(raw_id, (start_us, raw_id)) as raw_id,
        if(state = 'down', 'independent_monitoring', 'degraded_monitoring') as rule_id
    from reconciled.incident_runs
    where is_independent
    group by incident_id, state
    union all
    select
        incident_id,
        30 as place,
        0 as turn,
        min(start_us) as at_us,
        min_by(raw_id, (start_us, raw_id)) as raw_id,
        'first_alert' as rule_id
    from reconciled.incident_alerts
    group by incident_id
    union all
    select
        ticket.incident_id,
        40 as place,
        ticket.rank_no as turn,
        moment.at_us,
        moment.raw_id,
        'ticket_occurred' as rule_id
    from reconciled.incident_tickets as ticket
    inner join reconciled.ticket_moments as moment on ticket.raw_id = moment.ticket_raw_id
    where moment.field = 'occurred_at'
    union all
    select
        incident_id,
        50 as place,
        rank_no as turn,
        opened_us as at_us,
        raw_id,
        'ticket_opened' as rule_id
    from reconciled.incident_tickets
),

first_own_starts as (
    select
        incident_id,
        min_by(at_us, (place, turn, at_us)) as at_us
    from own_starts
    group by incident_id
),

admitted_starts as (
    select
        incident_id,
        min(start_us) as at_us,
        min_by(raw_id, (start_us, raw_id)) as raw_id,
        'provider_telemetry' as rule_id
    from reconciled.incident_runs
    where not is_independent
    group by incident_id
    union all
    select
        incident_id,
        start_us as at_us,
        raw_id,
        'vendor_record' as rule_id
    from reconciled.incident_vendor_records
),

starts as (
    select
        incident_id,
        place,
        turn,
        at_us,
        raw_id,
        rule_id
    from own_starts
    union all
    select
        admitted.incident_id,
        case when own.at_us is null then 20 when admitted.at_us < own.at_us then 5 else 60 end as place,
        0 as turn,
        admitted.at_us,
        admitted.raw_id,
        if(admitted.at_us < own.at_us, 'admission_against_interest', admitted.rule_id) as rule_id
    from admitted_starts as admitted
    left join first_own_starts as own on admitted.incident_id = own.incident_id
),

last_runs as (
    select
        incident_id,
        component_key,
        max(end_us) as end_us,
        max(end_us) filter (where state = 'down') as down_end_us,
        max(extracted_us) as extracted_us,
        max_by(last_raw_id, (end_us, last_raw_id)) as raw_id
    from reconciled.incident_runs
    group by incident_id, component_key
),

stable_ups as (
    select
        state.component_key,
        state.start_us
    from reconciled.component_states as state
    cross join run.policy as policy
    where state.state = 'up' and state.end_us - state.start_us >= policy.restore_confirmation_us
),

component_ends as (
    select
        last_runs.*,
        if(stable_ups.start_us - last_runs.end_us <= policy.restore_confirmation_us, stable_ups.start_us, null) as up_us,
        last_runs.extracted_us >= last_runs.end_us + policy.restore_confirmation_us as is_looked_after
    from last_runs
    asof left join stable_ups on last_runs.component_key = stable_ups.component_key and last_runs.end_us <= stable_ups.start_us
    cross join run.policy as policy
),

watched_ends as (
    select
        incident_id,
        max(up_us) as up_us,
        bool_and(up_us is not null) as is_up,
        max(end_us) as end_us,
        max(down_end_us) as down_end_us,
        bool_and(is_looked_after) as is_looked_after,
        max_by(raw_id, (end_us, raw_id)) as raw_id
    from component_ends
    group by incident_id
),

own_ends as (
    select
        incident_id,
        10 as place,
        0 as turn,
        up_us as at_us,
        raw_id,
        'stable_monitoring' as rule_id
    from watched_ends
    where is_up
    union all
    select
        incident_id,
        50 as place,
        0 as turn,
        end_us as at_us,
        raw_id,
        'last_seen_impaired' as rule_id
    from watched_ends
    where not is_up and is_looked_after
    union all
    select
        ticket.incident_id,
        case moment.field when 'restored_at' then 20 when 'resolved_at' then 40 else 45 end as place,
        ticket.rank_no * 10 + moment.place as turn,
        moment.at_us,
        moment.raw_id,
        'ticket_' || replace(moment.field, '_at', '') as rule_id
    from reconciled.incident_tickets as ticket
    inner join reconciled.ticket_moments as moment on ticket.raw_id = moment.ticket_raw_id
    where moment.field in ('restored_at', 'resolved_at', 'closed_at')
),

latest_own_ends as (
    select
        incident_id,
        max(at_us) as at_us
    from own_ends
    where place in (10, 20)
    group by incident_id
),

ends as (
    select
        incident_id,
        place,
        turn,
        at_us,
        raw_id,
        rule_id
    from own_ends
    union all
    select
        record.incident_id,
        case when own.at_us is null then 30 when record.end_us > own.at_us then 5 else 60 end as place,
        0 as turn,
        record.end_us as at_us,
        record.raw_id,
        if(record.end_us > own.at_us, 'admission_against_interest', 'vendor_record') as rule_id
    from reconciled.incident_vendor_records as record
    left join latest_own_ends as own on record.incident_id = own.incident_id
    where record.end_us is not null
)

select
    incident_id,
    field,
    place,
    turn,
    at_us,
    raw_id,
    rule_id
from overrides
union all
select
    incident_id,
    'occurred_at' as field,
    place,
    turn,
    at_us,
    raw_id,
    rule_id
from starts
union all
select
    ends.incident_id,
    'restored_at' as field,
    if(ends.at_us < watched.down_end_us, 90, ends.place) as place,
    ends.turn,
    ends.at_us,
    ends.raw_id,
    if(ends.at_us < watched.down_end_us, 'contradicted_by_monitoring', ends.rule_id) as rule_id
from ends
left join watched_ends as watched on ends.incident_id = watched.incident_id
