-- builds  reconciled.clock_tickets (working table): one row per incident with its ticket of record
-- reads   incidents, their members, tickets
-- rule    DOMAIN 3.5: clocks read the ticket of record; an incident without one has no row
with records as (
    select
        incident.incident_id,
        incident.ticket_key,
        min(member.source_system) as source_system
    from reconciled.incidents as incident
    inner join reconciled.incident_members as member
        on incident.incident_id = member.incident_id and incident.ticket_key = member.source_key
    where member.entity = 'ticket'
    group by incident.incident_id, incident.ticket_key
)

select
    records.incident_id,
    records.source_system,
    records.ticket_key,
    epoch_us(min(ticket.opened_at)) as opened_us
from records
inner join staged.ticket as ticket on records.source_system = ticket.source_system and records.ticket_key = ticket.ticket_key
group by records.incident_id, records.source_system, records.ticket_key
