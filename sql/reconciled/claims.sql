-- builds  reconciled.claims (working table): one row per ticket or vendor record that stands: what it says is down, and when
-- reads   tickets, vendor records, moments of tickets, names and paths of the catalogue
-- rule    2.2, 4.1: names map by the catalogue; a record without component stands on the service's root; a ticket's span begins at occurred,
--         else opened, and ends at restored, resolved or closed. An open span ends at as_of, capped, for matching only. A withdrawn vendor
--         record supports nothing
with ends as (
    select
        ticket_raw_id,
        min_by(at_us, (field <> 'restored_at', field <> 'resolved_at', place, at_us)) as end_us
    from reconciled.ticket_moments
    where field in ('restored_at', 'resolved_at', 'closed_at')
    group by ticket_raw_id
),

stated as (
    select
        ticket.raw_id,
        ticket.entity,
        ticket.source_system,
        ticket.source_id,
        ticket.source_key,
        ticket.recorded_from,
        ticket.service_raw,
        ticket.component_raw,
        null as provider_id,
        epoch_us(coalesce(ticket.occurred_at, ticket.opened_at)) as start_us,
        ends.end_us,
        epoch_us(ticket.opened_at) as opening_us,
        ticket.title,
        ticket.cause_code as cause,
        ticket.vendor_ref as external_ref
    from staged.ticket as ticket
    left join ends on ticket.raw_id = ends.ticket_raw_id
    union all
    select
        raw_id,
        entity,
        source_system,
        source_id,
        source_key,
        recorded_from,
        null as service_raw,
        component_raw,
        provider_id,
        epoch_us(started_at) as start_us,
        epoch_us(ended_at) as end_us,
        epoch_us(started_at) as opening_us,
        title,
        cause,
        our_ref as external_ref
    from staged.vendor_record
    where status <> 'withdrawn'
),

spans as (
    select
        stated.*,
        stated.end_us is null as is_open,
        greatest(
            coalesce(stated.end_us, least(epoch_us(context.as_of), stated.start_us + policy.open_span_cap_us)),
            stated.start_us
        ) as match_end_us
    from stated
    cross join run.context as context
    cross join run.policy as policy
),

-- a provider with one service means that one
sole_services as (
    select
        provider_id,
        min(service_id) as service_id
    from staged.service_catalogue
    where provider_id is not null
    group by provider_id
    having count(distinct service_id) = 1
),

by_component as (
    select
        spans.*,
        part.component_id as part_id,
        part.service_id as part_service_id,
        part.start_us as part_start_us
    from spans
    asof left join reconciled.name_spans as part on spans.component_raw = part.name and spans.start_us < part.end_us
),

by_service as (
    select
        by_component.*,
        whole.component_id as whole_id,
        whole.service_id as whole_service_id,
        whole.start_us as whole_start_us
    from by_component
    asof left join reconciled.name_spans as whole on by_component.service_raw = whole.name and by_component.start_us < whole.end_us
),

mapped as (
    select
        by_service.* exclude (part_id, part_service_id, part_start_us, whole_id, whole_service_id, whole_start_us),
        if(part_start_us <= match_end_us, part_id, null) as part_id,
        if(part_start_us <= match_end_us, part_service_id, null) as part_service_id,
        if(whole_start_us <= match_end_us, whole_id, null) as whole_id,
        if(whole_start_us <= match_end_us, whole_service_id, sole_services.service_id) as whole_service_id
    from by_service
    left join sole_services on by_service.provider_id = sole_services.provider_id
)

select
    mapped.raw_id,
    mapped.entity,
    mapped.source_system,
    mapped.source_id,
    mapped.source_key,
    mapped.recorded_from,
    coalesce(superseded.first_recorded_from, mapped.recorded_from) as first_recorded_from,
    coalesce(superseded.first_raw_id, mapped.raw_id) as first_raw_id,
    mapped.provider_id,
    coalesce(mapped.part_id, mapped.whole_id, mapped.whole_service_id) as component_id,
    if(
        mapped.part_id is null or path.component_id is not null,
        coalesce(mapped.whole_service_id, mapped.part_service_id),
        mapped.part_service_id
    ) as service_id,
    mapped.part_id is not null or mapped.whole_id <> mapped.whole_service_id as has_component,
    mapped.start_us,
    mapped.end_us,
    mapped.match_end_us,
    mapped.opening_us,
    mapped.is_open,
    mapped.cause,
    mapped.external_ref,
    title_words(mapped.title) as words
from mapped
left join reconciled.component_paths as path
    on mapped.whole_service_id = path.ancestor_id and mapped.part_id = path.component_id
left join reconciled.superseded as superseded
    on
        mapped.entity = superseded.entity
        and mapped.source_system = superseded.source_system
        and mapped.source_key = superseded.source_key
