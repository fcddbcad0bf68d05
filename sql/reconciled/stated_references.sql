-- builds  reconciled.stated_references (working table): one row per record and foreign key that it names
-- reads   tickets, vendor records, alerts, the records they are or belong to
-- rule    4.1 step 2: vendor_ref, our_ref, incident_ref, duplicate_of; an alert speaks for its episode
with alert_references as (
    select
        signal.episode_no,
        alert.source_system,
        alert.incident_ref as ref,
        min(alert.raw_id) as raw_id
    from reconciled.session_alerts as alert
    inner join reconciled.signal_episodes as signal on alert.series_no = signal.series_no and alert.session_no = signal.session_no
    where alert.incident_ref is not null
    group by signal.episode_no, alert.source_system, alert.incident_ref
),

claim_references as (
    select raw_id, source_system, 'vendor_ref' as field, 'vendor_record' as to_entity, vendor_ref as ref
    from staged.ticket
    where vendor_ref is not null
    union all
    select raw_id, source_system, 'duplicate_of' as field, 'ticket' as to_entity, duplicate_of as ref
    from staged.ticket
    where duplicate_of is not null
    union all
    select raw_id, source_system, 'our_ref' as field, 'ticket' as to_entity, our_ref as ref
    from staged.vendor_record
    where our_ref is not null
)

select
    record.record_no,
    reference.raw_id,
    reference.source_system,
    reference.field,
    reference.to_entity,
    reference.ref
from claim_references as reference
inner join reconciled.records as record on reference.raw_id = record.raw_id and record.entity <> 'episode'
union all
select
    record.record_no,
    reference.raw_id,
    reference.source_system,
    'incident_ref' as field,
    'ticket' as to_entity,
    reference.ref
from alert_references as reference
inner join reconciled.records as record on reference.episode_no = record.episode_no
