-- builds  reconciled.superseded (working table): one row per record that has older versions: the version that was recorded first
-- reads   all versions of what can be a member of an incident
-- rule    2.1 identity: an incident is founded by the raw record recorded first, so that a later version of it never renames the incident
with versions as (
    select entity, source_system, source_key, raw_id, recorded_from
    from staged.ticket_versions
    where not is_current
    union all
    select entity, source_system, source_key, raw_id, recorded_from
    from staged.vendor_record_versions
    where not is_current
    union all
    select entity, source_system, source_key, raw_id, recorded_from
    from staged.alert_versions
    where not is_current
    union all
    select entity, source_system, source_key, raw_id, recorded_from
    from staged.monitoring_sample_versions
    where not is_current
)

select
    entity,
    source_system,
    source_key,
    min(recorded_from) as first_recorded_from,
    min_by(raw_id, (recorded_from, raw_id)) as first_raw_id
from versions
group by entity, source_system, source_key
