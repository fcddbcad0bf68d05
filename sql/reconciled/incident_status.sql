-- builds  reconciled.incident_status (working table): one row per incident: its state at as_of
-- reads   bounds, timeline, tickets and records of incidents
-- rule    tables.yml incidents.status: cancelled if nothing but cancelled tickets (and alerts) speaks of it; open until restored
with records as (
    select
        incident_id,
        bool_or(entity <> 'ticket' and is_founding) as is_witnessed
    from reconciled.incident_records
    group by incident_id
),

tickets as (
    select
        incident_id,
        bool_and(is_cancelled) as is_cancelled
    from reconciled.incident_tickets
    group by incident_id
)

select
    bounds.incident_id,
    case
        when coalesce(tickets.is_cancelled, false) and not records.is_witnessed then 'cancelled'
        when bounds.restored_us is null then 'open'
        when timeline.closed_us is not null then 'closed'
        when timeline.resolved_us is not null then 'resolved'
        else 'restored'
    end as status
from reconciled.incident_bounds as bounds
inner join records on bounds.incident_id = records.incident_id
left join tickets on bounds.incident_id = tickets.incident_id
left join reconciled.timeline as timeline on bounds.incident_id = timeline.incident_id
