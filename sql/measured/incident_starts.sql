-- builds  measured.incident_starts (working table): one row per incident: the instants at which a contract may let its outages begin to count
-- reads   incidents, tickets
-- rule    R-CL4 outage_clock_start
select
    incident.incident_id,
    incident.detected_at,
    incident.reported_to_provider_at,
    min(ticket.opened_at) as opened_at
from reconciled.incidents as incident
left join staged.ticket as ticket on incident.ticket_key = ticket.ticket_key
group by incident.incident_id, incident.detected_at, incident.reported_to_provider_at
