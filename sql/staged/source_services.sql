-- builds  staged.source_services (working table): one row per source, entity and service that the source's rows speak of
-- reads   current rows of the matchable entities, names resolved by the catalogue's ids and aliases
-- rule    DQ: a block marks the services it affects; a source that names no known service affects them all (the gate adds that)
with names as (
    select
        service_id,
        component_id as name
    from staged.service_catalogue
    union
    select
        service_id,
        unnest(aliases) as name
    from staged.service_catalogue
    union
    select
        service_id,
        service_id as name
    from staged.service_catalogue
),

mentions as (
    select
        source_system,
        entity,
        service_raw as name
    from staged.ticket
    union
    select
        source_system,
        entity,
        component_raw as name
    from staged.ticket
    union
    select
        source_system,
        entity,
        component_raw as name
    from staged.alert
    union
    select
        source_system,
        entity,
        component_raw as name
    from staged.monitoring_sample
    union
    select
        source_system,
        entity,
        component_raw as name
    from staged.vendor_record
    union
    select
        source_system,
        entity,
        unnest(components) as name
    from staged.maintenance_window
    union
    select
        source_system,
        entity,
        service_id as name
    from staged.invoice_line
)

select distinct
    mentions.source_system,
    mentions.entity,
    names.service_id
from mentions
inner join names on mentions.name = names.name
