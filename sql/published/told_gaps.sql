-- builds  published.told_gaps (working table): one row per span inside a told incident in which monitoring saw the service up, with the
--         vendor's records that say it was down throughout
-- reads   outage intervals and vendor records of incidents
-- rule    RC-P1: monitoring's down states are the outage; a vendor's admission moves the start or the end and fills no gap. E133: what is
--         shorter than the confirmation time is up, and restores nothing
with told as (
    select distinct incident_id
    from published.told_incidents
    where rank_no <= 6
),

spans as (
    select
        outage.incident_id,
        outage.start_at,
        max(outage.end_at) over (
            partition by outage.incident_id
            order by outage.start_at, outage.end_at, outage.component_id
            rows between unbounded preceding and 1 preceding
        ) as up_from_at
    from reconciled.outage_intervals as outage
    inner join told on outage.incident_id = told.incident_id
    where outage.basis = 'monitoring'
),

records as (
    select
        member.incident_id,
        record.vendor_key,
        record.started_at,
        record.ended_at
    from reconciled.incident_members as member
    inner join staged.vendor_record as record on member.raw_id = record.raw_id
)

select
    spans.incident_id,
    spans.up_from_at as start_at,
    spans.start_at as end_at,
    list(distinct records.vendor_key order by records.vendor_key) filter (where records.vendor_key is not null) as vendor_keys
from spans
left join records
    on
        spans.incident_id = records.incident_id
        and spans.up_from_at >= records.started_at
        and spans.start_at <= records.ended_at
where spans.start_at > spans.up_from_at
group by spans.incident_id, spans.up_from_at, spans.start_at
