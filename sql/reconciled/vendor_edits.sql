-- builds  reconciled.vendor_edits (working table): one row per value that a provider changed after it had published it
-- reads   all versions of vendor records in version order, severity words, members of incidents
-- rule    RC-D10 POST_CLOSURE_EDIT. Published = the version before was final or revised; what was empty until then is filled in, not edited.
--         Severities are compared after mapping. A record without an incident (withdrawn) keeps the one that its other versions are in
with ordered as (
    select
        version.raw_id,
        version.source_system,
        version.source_key,
        version.recorded_from,
        version.status,
        version.responsibility,
        version.component_raw,
        coalesce(own.severity, general.severity, version.severity_raw) as severity,
        epoch_us(version.started_at) as start_us,
        epoch_us(version.ended_at) as end_us,
        version.accepted_us,
        version.affected_fraction::varchar as affected_fraction,
        version.affected_users::varchar as affected_users,
        row_number() over (
            partition by version.source_system, version.source_key
            order by version.source_updated_at nulls first, version.recorded_from, version.landing_seq, version.raw_id
        ) as turn
    from staged.vendor_record_versions as version
    semi join reconciled.superseded as past
        on past.entity = 'vendor_record' and version.source_system = past.source_system and version.source_key = past.source_key
    left join run.severity_map as own on lower(version.severity_raw) = own.severity_raw and version.source_system = own.source_system
    left join run.severity_map as general on lower(version.severity_raw) = general.severity_raw and general.source_system is null
    where not version.is_duplicate
),

compared as (
    select
        was.source_system,
        was.source_key,
        [was.raw_id, became.raw_id] as raw_ids,
        became.recorded_from,
        became.turn,
        unnest([
            'vendor.start', 'vendor.end', 'vendor.accepted', 'vendor.severity', 'vendor.responsibility', 'vendor.component',
            'vendor.affected_fraction', 'vendor.affected_users', 'vendor.status'
        ]) as field,
        unnest([
            instant_text(moment(was.start_us)), instant_text(moment(was.end_us)), was.accepted_us::varchar, was.severity,
            was.responsibility, was.component_raw, was.affected_fraction, was.affected_users, was.status
        ]) as expected,
        unnest([
            instant_text(moment(became.start_us)), instant_text(moment(became.end_us)), became.accepted_us::varchar, became.severity,
            became.responsibility, became.component_raw, became.affected_fraction, became.affected_users,
            if(became.status = 'withdrawn', became.status, was.status)
        ]) as observed,
        unnest([
            became.start_us - was.start_us, became.end_us - was.end_us, became.accepted_us - was.accepted_us, null, null, null, null, null,
            null
        ]) as delta_us
    from ordered as was
    inner join ordered as became
        on was.source_system = became.source_system and was.source_key = became.source_key and was.turn + 1 = became.turn
    where was.status in ('final', 'revised')
),

-- a provider that goes back and forth between two versions does so once in this list
edits as (
    select *
    from compared
    where expected is not null and observed is distinct from expected
    qualify row_number() over (partition by raw_ids, field order by turn) = 1
),

incidents as (
    select
        source_system,
        source_key,
        min(incident_id) as incident_id
    from reconciled.incident_members
    where entity = 'vendor_record'
    group by source_system, source_key
)

select
    'RC-D10' as rule_id,
    'POST_CLOSURE_EDIT' as type,
    incidents.incident_id,
    edits.source_system,
    edits.raw_ids,
    edits.field,
    edits.observed,
    edits.expected,
    edits.delta_us,
    null::bigint as tolerance_us,
    edits.recorded_from
from edits
left join incidents on edits.source_system = incidents.source_system and edits.source_key = incidents.source_key
