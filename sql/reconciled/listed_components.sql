-- builds  reconciled.listed_components (working table): one row per maintenance window, change, exclusion request or exception and component it
--         names, with the component that the catalogue then had under that name; none = the catalogue knows no such name
-- reads   windows, changes, requests, exceptions, names of the catalogue
-- rule    entities.yml `identities.reference`: by component_id, service_id or alias, over overlapping spans. `field` says the place in a list
with windows as (
    select
        entity,
        source_system,
        raw_id,
        recorded_from,
        unnest(components) as name,
        'components[' || unnest(range(1, len(components) + 1)) || ']' as field,
        epoch_us(start_at) as start_us,
        epoch_us(end_at) as end_us
    from staged.maintenance_window
),

changes as (
    select
        entity,
        source_system,
        raw_id,
        recorded_from,
        unnest(components) as name,
        'components[' || unnest(range(1, len(components) + 1)) || ']' as field,
        epoch_us(started_at) as start_us,
        coalesce(epoch_us(ended_at), never_us()) as end_us
    from staged.change
),

listed as (
    select entity, source_system, raw_id, recorded_from, field, name, start_us, end_us from windows
    union all
    select entity, source_system, raw_id, recorded_from, field, name, start_us, end_us from changes
    union all
    select
        entity, source_system, raw_id, recorded_from, 'component_id' as field, component_id as name, epoch_us(start_at) as start_us,
        epoch_us(end_at) as end_us
    from staged.exclusion_request
    where component_id is not null
    union all
    select
        entity, source_system, raw_id, recorded_from, 'subject_id' as field, subject_id as name, epoch_us(start_at) as start_us,
        epoch_us(end_at) as end_us
    from staged.exception
    where subject_type = 'component' and start_at is not null and end_at is not null
)

select
    listed.entity,
    listed.source_system,
    listed.raw_id,
    listed.recorded_from,
    listed.field,
    listed.name,
    listed.start_us,
    listed.end_us,
    if(names.start_us <= listed.end_us, names.component_id, null) as component_id
from listed
asof left join reconciled.name_spans as names on listed.name = names.name and listed.start_us < names.end_us
