-- builds  reconciled.side_spans (working table): one row per component and span that one side says, without the other side's word. `side` ours:
--         monitoring, alerts, tickets, what a person set; theirs: a vendor record. `state` down, degraded, or silent: after an open record was
--         read last, nobody knows what they say
-- reads   outage intervals, what monitoring saw and in which samples, ranked bounds of incidents, vendor records of incidents
-- rule    K4; RC-P1 what an admission extends is theirs and not ours; 4.2 bounds by our own records, in the same order; an interval that a
--         person set is ours as it is, one on basis vendor is not ours at all. A record without component speaks of every component on which
--         its incident has an outage, else of its service. An end that no record of ours gives is that of the reconciled interval
with own_bounds as (
    select
        incident_id,
        field,
        at_us,
        raw_id
    from reconciled.bound_candidates
    where place < 90 and rule_id not in ('admission_against_interest', 'provider_telemetry', 'vendor_record')
    qualify
        row_number() over (
            partition by incident_id, field
            order by place, turn, if(field = 'occurred_at', at_us, -at_us), raw_id, rule_id
        ) = 1
),

seen as (
    select
        incident_id,
        component_key,
        list_concat(list(distinct raw_id), list(distinct last_raw_id)) as raw_ids
    from reconciled.incident_runs
    where state = 'down'
    group by incident_id, component_key
),

outages as (
    select
        outage.incident_id,
        outage.component_id,
        outage.state,
        outage.weight,
        outage.raw_ids,
        outage.basis in ('alert', 'ticket') as is_by_word,
        outage.basis = 'monitoring' and coalesce(outage.extended_by in ('start', 'both'), false) as is_start_admitted,
        outage.basis = 'monitoring' and coalesce(outage.extended_by in ('end', 'both'), false) as is_end_admitted,
        epoch_us(outage.start_at) as start_us,
        coalesce(epoch_us(outage.end_at), never_us()) as end_us
    from reconciled.outage_intervals as outage
    where outage.basis <> 'vendor'
),

ours as (
    select
        outage.component_id,
        outage.incident_id,
        outage.state,
        outage.weight,
        case
            when outage.is_by_word then [coalesce(occurred.raw_id, outage.raw_ids[1]), restored.raw_id]
            when outage.is_start_admitted or outage.is_end_admitted then seen.raw_ids
            else outage.raw_ids
        end as raw_ids,
        case
            when outage.is_by_word then greatest(outage.start_us, coalesce(occurred.at_us, outage.start_us))
            when outage.is_start_admitted then coalesce(first.start_us, outage.start_us)
            else outage.start_us
        end as start_us,
        case
            when outage.is_by_word then least(outage.end_us, coalesce(restored.at_us, outage.end_us))
            when outage.is_end_admitted then coalesce(last.end_us, outage.end_us)
            else outage.end_us
        end as end_us
    from outages as outage
    left join own_bounds as occurred on outage.incident_id = occurred.incident_id and occurred.field = 'occurred_at'
    left join own_bounds as restored on outage.incident_id = restored.incident_id and restored.field = 'restored_at'
    left join seen on outage.incident_id = seen.incident_id and outage.component_id = seen.component_key
    left join reconciled.impaired_pieces as first
        on outage.incident_id = first.incident_id and outage.component_id = first.component_id and first.is_first_down
    left join reconciled.impaired_pieces as last
        on outage.incident_id = last.incident_id and outage.component_id = last.component_id and last.is_last_down
),

hit as (
    select distinct
        incident_id,
        component_id
    from reconciled.outage_intervals
),

records as (
    select
        record.provider_id,
        if(record.has_component, record.component_id, coalesce(hit.component_id, record.component_id)) as component_id,
        record.incident_id,
        coalesce(record.affected_fraction, 1)::decimal(9, 6) as weight,
        record.affected_users,
        record.start_us,
        coalesce(record.end_us, greatest(record.start_us, record.extracted_us)) as end_us,
        record.end_us is null as is_open,
        [record.raw_id] as raw_ids
    from reconciled.incident_vendor_records as record
    left join hit on record.incident_id = hit.incident_id and not record.has_component
)

select
    'ours' as side,
    null as provider_id,
    component_id,
    incident_id,
    state,
    weight,
    null::bigint as affected_users,
    start_us,
    end_us,
    raw_ids
from ours
where start_us < end_us
union all
select
    'theirs' as side,
    provider_id,
    component_id,
    incident_id,
    'down' as state,
    weight,
    affected_users,
    start_us,
    end_us,
    raw_ids
from records
where component_id is not null and start_us < end_us
union all
select
    'theirs' as side,
    provider_id,
    component_id,
    incident_id,
    'silent' as state,
    weight,
    affected_users,
    end_us as start_us,
    never_us() as end_us,
    raw_ids
from records
where component_id is not null and is_open
