-- builds  reconciled.span_differences (working table): one row per claim of an incident and bound or length that differs beyond tolerance
-- reads   vendor records and tickets of incidents, moments of tickets, bounds
-- rule    RC-D3 (larger of an absolute and a relative limit), RC-D5, both inclusive (E97). A ticket speaks where it states occurred or restored
--         itself: that it was opened or resolved then claims nothing about the outage
with stated as (
    select
        ticket.incident_id,
        ticket.raw_id,
        ticket.source_system,
        'ticket' as speaker,
        max(moment.at_us) filter (where moment.field = 'occurred_at') as start_us,
        min_by(moment.at_us, (moment.place, moment.at_us)) filter (where moment.field = 'restored_at') as end_us
    from reconciled.incident_tickets as ticket
    inner join reconciled.ticket_moments as moment on ticket.raw_id = moment.ticket_raw_id
    where ticket.system_rank_no = 1 and moment.field in ('occurred_at', 'restored_at')
    group by ticket.incident_id, ticket.raw_id, ticket.source_system
    union all
    select
        incident_id,
        raw_id,
        source_system,
        'vendor' as speaker,
        start_us,
        end_us
    from reconciled.incident_vendor_records
),

compared as (
    select
        stated.incident_id,
        stated.raw_id,
        stated.source_system,
        stated.speaker,
        unnest(['start', 'end', 'duration']) as part,
        unnest([stated.start_us, stated.end_us, stated.end_us - stated.start_us]) as observed_us,
        unnest([bounds.occurred_us, bounds.restored_us, bounds.restored_us - bounds.occurred_us]) as expected_us,
        unnest([
            policy.skew_us,
            policy.skew_us,
            greatest(policy.duration_abs_us, floor((bounds.restored_us - bounds.occurred_us) * policy.duration_rel)::bigint)
        ]) as tolerance_us
    from stated
    inner join reconciled.incident_bounds as bounds on stated.incident_id = bounds.incident_id
    inner join reconciled.incident_status as status on stated.incident_id = status.incident_id
    cross join run.policy as policy
    where status.status <> 'cancelled'
)

select
    if(part = 'duration', 'RC-D3', 'RC-D5') as rule_id,
    case
        when part <> 'duration' then 'TIMESTAMP_SKEW'
        when observed_us < expected_us then 'DURATION_UNDERSTATED'
        else 'DURATION_OVERSTATED'
    end as type,
    incident_id,
    source_system,
    [raw_id] as raw_ids,
    speaker || '.' || part as field,
    if(part = 'duration', (observed_us)::varchar, instant_text(moment(observed_us))) as observed,
    if(part = 'duration', (expected_us)::varchar, instant_text(moment(expected_us))) as expected,
    observed_us - expected_us as delta_us,
    tolerance_us
from compared
where abs(observed_us - expected_us) > tolerance_us
