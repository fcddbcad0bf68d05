-- builds  reconciled.word_differences (working table): one row per record of an incident that names another severity, party or provider
-- reads   incidents, their vendor records and tickets, severities, the catalogue
-- rule    RC-D4 any level after mapping; RC-D11 parties name different causes; the catalogue or the record names another provider than the
--         contract in force
with vendor_severities as (
    select
        record.incident_id,
        record.raw_id,
        record.source_system,
        coalesce(own.severity, general.severity) as severity
    from reconciled.incident_vendor_records as record
    left join run.severity_map as own on lower(record.severity_raw) = own.severity_raw and record.source_system = own.source_system
    left join run.severity_map as general on lower(record.severity_raw) = general.severity_raw and general.source_system is null
),

severities as (
    select incident_id, raw_id, source_system, 'vendor.severity' as field, severity
    from vendor_severities
    union all
    select
        ticket.incident_id,
        ticket.raw_id,
        ticket.source_system,
        'ticket.severity' as field,
        severity.severity_final as severity
    from reconciled.incident_tickets as ticket
    inner join reconciled.ticket_severities as severity on ticket.raw_id = severity.ticket_raw_id
    where ticket.system_rank_no = 1 and ticket.rank_no > 1
),

catalogued as (
    select distinct
        incident.incident_id,
        entry.provider_id
    from reconciled.incidents as incident
    inner join staged.service_catalogue as entry
        on
            incident.service_id = entry.service_id
            and incident.service_id = entry.component_id
            and incident.occurred_at >= entry.valid_from
            and (entry.valid_to is null or incident.occurred_at < entry.valid_to)
    where incident.contract_version_id is not null and entry.provider_id is not null
)

select
    'RC-D4' as rule_id,
    'SEVERITY_MISMATCH' as type,
    severities.incident_id,
    severities.source_system,
    [severities.raw_id] as raw_ids,
    severities.field,
    severities.severity as observed,
    incident.severity_final as expected
from severities
inner join reconciled.incidents as incident on severities.incident_id = incident.incident_id
where severities.severity <> incident.severity_final
union all
select
    'RC-D11' as rule_id,
    'RESPONSIBILITY_MISMATCH' as type,
    record.incident_id,
    record.source_system,
    [record.raw_id] as raw_ids,
    'responsibility' as field,
    record.responsibility as observed,
    incident.responsibility as expected
from reconciled.incident_vendor_records as record
inner join reconciled.incidents as incident on record.incident_id = incident.incident_id
where
    record.responsibility <> incident.responsibility
    and record.responsibility not in ('undetermined', 'unmapped')
    and incident.responsibility <> 'undetermined'
union all
select
    'RC-D11' as rule_id,
    'PROVIDER_MISMATCH' as type,
    record.incident_id,
    record.source_system,
    [record.raw_id] as raw_ids,
    'provider_id' as field,
    record.provider_id as observed,
    incident.provider_id as expected
from reconciled.incident_vendor_records as record
inner join reconciled.incidents as incident on record.incident_id = incident.incident_id
where incident.contract_version_id is not null and record.provider_id <> incident.provider_id
union all
select
    'RC-D11' as rule_id,
    'PROVIDER_MISMATCH' as type,
    catalogued.incident_id,
    null as source_system,
    []::varchar[] as raw_ids,
    'provider_id' as field,
    catalogued.provider_id as observed,
    incident.provider_id as expected
from catalogued
inner join reconciled.incidents as incident on catalogued.incident_id = incident.incident_id
where catalogued.provider_id <> incident.provider_id
