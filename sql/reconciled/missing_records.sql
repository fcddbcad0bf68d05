-- builds  reconciled.missing_records (working table): one row per incident that one side has no record of, or that monitoring did not see
-- reads   incidents and their evidence, impaired pieces, coverage, contracts, vendor records
-- rule    RC-D1 vendor record or a long enough down run without ticket; RC-D2 an incident on an external provider's service, with an outage or
--         reported to it, without its record when the days for it are over (Monday to Friday in UTC), if any record of that provider, of whatever
--         time, has come in at all: without a feed nobody can tell what was reported; RC-D13 monitoring covers the incident and shows no
--         down state
with incidents as (
    select
        incident.incident_id,
        incident.ticket_key,
        incident.provider_id,
        incident.contract_version_id,
        incident.vendor_records,
        incident.down_us,
        incident.outage_basis,
        coalesce(incident.reported_to_provider_at, incident.detected_at, incident.occurred_at) as asked_at,
        incident.reported_to_provider_at is not null or incident.down_us > 0 as is_vendor_matter,
        coalesce(contract.is_internal, true) as is_internal
    from reconciled.incidents as incident
    left join reconciled.incident_contracts as contract on incident.incident_id = contract.incident_id
    where incident.status <> 'cancelled'
),

-- pieces are cut where the share changes: a run goes on through that
down_pieces as (
    select
        *,
        (lag(end_us) over by_time is distinct from start_us)::bigint as begins_run
    from reconciled.impaired_pieces
    where state = 'down'
    window by_time as (partition by incident_id, component_id order by start_us)
),

numbered as (
    select
        *,
        sum(begins_run) over (partition by incident_id, component_id order by start_us) as run_no
    from down_pieces
),

down_runs as (
    select
        incident_id,
        sum(end_us - start_us) as length_us
    from numbered
    group by incident_id, component_id, run_no
),

long_runs as (
    select distinct run.incident_id
    from down_runs as run
    cross join run.policy as policy
    where run.length_us >= policy.missing_ticket_min_us
),

claims as (
    select
        incident_id,
        list(distinct raw_id order by raw_id) as raw_ids
    from reconciled.incident_records
    where entity <> 'episode'
    group by incident_id
),

witnesses as (
    select
        incident_id,
        list(distinct raw_id order by raw_id) as raw_ids
    from reconciled.incident_members
    where entity in ('vendor_record', 'monitoring_sample')
    group by incident_id
),

covered as (
    select distinct incident_id
    from reconciled.component_coverage
    where is_covered
)

select
    'RC-D1' as rule_id,
    'MISSING_IN_TICKETING' as type,
    incidents.incident_id,
    witnesses.raw_ids
from incidents
inner join witnesses on incidents.incident_id = witnesses.incident_id
left join long_runs on incidents.incident_id = long_runs.incident_id
where incidents.ticket_key is null and (incidents.vendor_records > 0 or long_runs.incident_id is not null)
union all
select
    'RC-D2' as rule_id,
    'MISSING_IN_VENDOR_REPORT' as type,
    incidents.incident_id,
    coalesce(claims.raw_ids, witnesses.raw_ids) as raw_ids
from incidents
left join claims on incidents.incident_id = claims.incident_id
left join witnesses on incidents.incident_id = witnesses.incident_id
cross join run.policy as policy
cross join run.context as context
where
    incidents.vendor_records = 0
    and incidents.contract_version_id is not null
    and not incidents.is_internal
    and incidents.is_vendor_matter
    and incidents.provider_id in (select record.provider_id from staged.vendor_record as record)
    and epoch_us(context.as_of)
    >= epoch_us(weekdays_after(make_timestamp(epoch_us(incidents.asked_at))::date, policy.vendor_report_business_days) + 1)
union all
select
    'RC-D13' as rule_id,
    'OUTAGE_NOT_OBSERVED' as type,
    incidents.incident_id,
    claims.raw_ids
from incidents
inner join claims on incidents.incident_id = claims.incident_id
inner join covered on incidents.incident_id = covered.incident_id
where incidents.outage_basis = 'none'
