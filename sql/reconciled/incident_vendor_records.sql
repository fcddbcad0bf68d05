-- builds  reconciled.incident_vendor_records (working table): one row per vendor record in an incident
-- reads   records of incidents, claims, vendor records and every reading of them
-- rule    4.2: the provider's word; a record that was read again unchanged is a duplicate, and was so when it was read last
with readings as (
    select
        raw_id,
        max(epoch_us(extracted_at)) as extracted_us
    from staged.vendor_record_versions
    group by raw_id
)

select
    member.incident_id,
    record.raw_id,
    record.source_system,
    record.recorded_from,
    record.provider_id,
    claim.component_id,
    claim.service_id,
    claim.has_component,
    epoch_us(record.started_at) as start_us,
    epoch_us(record.ended_at) as end_us,
    reading.extracted_us,
    epoch_us(record.detected_at) as detected_us,
    epoch_us(record.received_at) as received_us,
    epoch_us(record.acknowledged_at) as acknowledged_us,
    record.affected_fraction,
    record.affected_users,
    record.severity_raw,
    record.responsibility
from reconciled.incident_records as member
inner join reconciled.claims as claim on member.raw_id = claim.raw_id
inner join staged.vendor_record as record on member.raw_id = record.raw_id
inner join readings as reading on member.raw_id = reading.raw_id
where member.entity = 'vendor_record'
