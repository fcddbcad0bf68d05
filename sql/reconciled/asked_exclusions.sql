-- builds  reconciled.asked_exclusions (working table): one row per exclusion that someone asks for and component it would cover
-- reads   maintenance windows, exclusion requests, exceptions and the components they name, tickets flagged as our own fault, incidents and
--         what they are called
-- rule    3.3; our own customer-caused flag is a request until decided (R-EX4), and none where a request for that incident stands.
--         A request that names no component covers those its incident hit; what nobody knows by the name given covers nothing (RC-D10)
with incident_spans as (
    select
        bounds.incident_id,
        component.component_id,
        bounds.occurred_us as start_us,
        coalesce(bounds.restored_us, epoch_us(context.as_of)) as end_us
    from reconciled.incident_bounds as bounds
    inner join reconciled.incident_components as component on bounds.incident_id = component.incident_id
    cross join run.context as context
),

requests as (
    select
        request.*,
        names.incident_id
    from staged.exclusion_request as request
    anti join staged.revocation as revocation
        on revocation.object_type = 'exclusion_request' and request.request_id = revocation.object_id
    left join reconciled.incident_names as names on request.incident_ref = names.name
),

exceptions as (
    select
        exception.*,
        names.incident_id
    from staged.exception as exception
    anti join staged.revocation as revocation
        on revocation.object_type = 'exception' and exception.exception_id = revocation.object_id
    left join reconciled.incident_names as names on exception.subject_id = names.name
    where exception.effect = 'interval'
),

known as (
    select distinct
        entity,
        raw_id,
        component_id,
        start_us,
        end_us
    from reconciled.listed_components
    where component_id is not null
),

windows as (
    select
        if(plan.kind = 'emergency', 'emergency_maintenance', 'pre_approved_maintenance') as type,
        'window' as origin,
        listed.component_id,
        null as incident_id,
        listed.start_us,
        listed.end_us,
        plan.mw_key as object_id,
        plan.raw_id,
        plan.recorded_from
    from staged.maintenance_window as plan
    inner join known as listed on plan.raw_id = listed.raw_id and plan.entity = listed.entity
),

named as (
    select
        request.type,
        'request' as origin,
        coalesce(listed.component_id, span.component_id) as component_id,
        request.incident_id,
        epoch_us(request.start_at) as start_us,
        epoch_us(request.end_at) as end_us,
        request.request_id as object_id,
        request.raw_id,
        request.recorded_from
    from requests as request
    left join known as listed on request.raw_id = listed.raw_id and request.entity = listed.entity
    left join incident_spans as span on request.component_id is null and request.incident_id = span.incident_id
),

flags as (
    select
        'customer_caused' as type,
        'flag' as origin,
        span.component_id,
        ticket.incident_id,
        span.start_us,
        span.end_us,
        ticket.ticket_key as object_id,
        ticket.raw_id,
        snapshot.recorded_from
    from reconciled.incident_tickets as ticket
    inner join staged.ticket as snapshot on ticket.raw_id = snapshot.raw_id
    inner join incident_spans as span on ticket.incident_id = span.incident_id
    anti join requests as request on ticket.incident_id = request.incident_id and request.type = 'customer_caused'
    where snapshot.customer_caused_flag and not ticket.is_cancelled
),

subjects as (
    select exceptions.exception_id, exceptions.incident_id, span.component_id, span.start_us, span.end_us
    from exceptions
    inner join incident_spans as span on exceptions.incident_id = span.incident_id
    where exceptions.subject_type in ('incident', 'ticket')
    union all
    select exceptions.exception_id, null as incident_id, listed.component_id, null as start_us, null as end_us
    from exceptions
    inner join known as listed on exceptions.raw_id = listed.raw_id and exceptions.entity = listed.entity
    where exceptions.subject_type = 'component'
    union all
    select distinct exceptions.exception_id, null as incident_id, entry.component_id, null::bigint as start_us, null::bigint as end_us
    from exceptions
    inner join staged.service_catalogue as entry on exceptions.subject_id = entry.service_id
    where exceptions.subject_type = 'service'
)

select type, origin, component_id, incident_id, start_us, end_us, object_id, raw_id, recorded_from
from windows
union all
select type, origin, component_id, incident_id, start_us, end_us, object_id, raw_id, recorded_from
from named
where component_id is not null
union all
select type, origin, component_id, incident_id, start_us, end_us, object_id, raw_id, recorded_from
from flags
union all
select
    'exception' as type,
    'exception' as origin,
    subject.component_id,
    subject.incident_id,
    coalesce(epoch_us(exception.start_at), subject.start_us) as start_us,
    coalesce(epoch_us(exception.end_at), subject.end_us) as end_us,
    exception.exception_id as object_id,
    exception.raw_id,
    exception.recorded_from
from subjects as subject
inner join exceptions as exception on subject.exception_id = exception.exception_id
where
    coalesce(epoch_us(exception.start_at), subject.start_us) is not null
    and coalesce(epoch_us(exception.end_at), subject.end_us) is not null
