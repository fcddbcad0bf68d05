-- builds  staged.source_services (working table): one row per source, entity and service that the source's rows speak of
-- reads   current rows of the entities that name services or components, names resolved by the catalogue's ids and aliases
-- rule    DQ: a block marks the services it affects; a source that names no known service affects them all (the gate adds that)
with mentions as (
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
        history.source_system,
        history.entity,
        ticket.service_raw as name
    from staged.ticket_history as history
    inner join staged.ticket as ticket on history.source_system = ticket.source_system and history.ticket_key = ticket.ticket_key
    union
    select
        source_system,
        entity,
        component_id as name
    from staged.monitoring_rule
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
inner join staged.service_names as names on mentions.name = names.name
