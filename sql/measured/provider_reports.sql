-- builds  measured.provider_reports (working table): one row per vendor record in an incident that occurred in the period
-- reads   incidents, their members, vendor records and the first version of each, contracts, policy, the run
-- rule    4.3 vendor accuracy, C-52. In time: issued (else first seen by us) at the latest on the last of the contract's business days, Monday
--         to Friday in UTC, after it was asked for, as RC-D2 counts. Complete: every field that C-52 reads. Durations are compared as RC-D3
--         does, not where the incident or its outage rests on the vendor's word alone
with witnessed as (
    select distinct incident_id
    from reconciled.incident_members
    where entity in ('ticket', 'alert', 'monitoring_sample')
),

reports as (
    select
        record.raw_id,
        record.provider_id,
        incident.incident_id,
        incident.ticket_key is not null as has_ticket,
        coalesce(record.report_issued_at, past.first_recorded_from, record.recorded_from) as issued_at,
        coalesce(incident.reported_to_provider_at, incident.detected_at, incident.occurred_at) as asked_at,
        coalesce(contract.report_business_days, policy.vendor_report_business_days) as days,
        record.ended_at is not null and record.started_at_tz is not null and record.component_raw is not null
        and record.severity_raw is not null and record.cause is not null and record.corrective_action is not null
        and record.evidence_ref is not null and record.report_issued_at is not null as is_complete,
        if(
            witnessed.incident_id is not null and incident.outage_basis <> 'vendor',
            epoch_us(incident.restored_at) - epoch_us(incident.occurred_at),
            null
        ) as ours_us,
        epoch_us(record.ended_at) - epoch_us(record.started_at) as theirs_us,
        policy.duration_abs_us,
        policy.duration_rel
    from reconciled.incidents as incident
    inner join reconciled.incident_members as member on incident.incident_id = member.incident_id
    inner join staged.vendor_record as record on member.raw_id = record.raw_id
    left join reconciled.superseded as past
        on past.entity = 'vendor_record' and record.source_system = past.source_system and record.source_key = past.source_key
    left join witnessed on incident.incident_id = witnessed.incident_id
    left join run.contract_versions as contract on incident.contract_version_id = contract.contract_version_id
    cross join run.policy as policy
    cross join run.context as context
    where
        record.status <> 'withdrawn'
        and incident.status <> 'cancelled'
        and incident.occurred_at >= context.period_start_at
        and incident.occurred_at < context.period_end_at
)

select
    raw_id,
    provider_id,
    incident_id,
    has_ticket,
    epoch_us(issued_at) < epoch_us(weekdays_after(make_timestamp(epoch_us(asked_at))::date, days) + 1) as is_in_time,
    is_complete,
    theirs_us - ours_us as delta_us,
    abs(theirs_us - ours_us) <= greatest(duration_abs_us, ours_us * duration_rel) as is_within
from reports
