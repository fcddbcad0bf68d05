-- builds  reconciled.incident_names (working table): one row per name by which other records may call an incident
-- reads   records of incidents, aliases, tickets of incidents
-- rule    entities.yml `incident_ref`: ticket_key or incident_id, older ids included; a ticket key that two systems share names nothing
select distinct
    incident_id as name,
    incident_id
from reconciled.incident_records
union all
select
    alias_incident_id as name,
    incident_id
from reconciled.incident_aliases
union all
select
    ticket_key as name,
    min(incident_id) as incident_id
from reconciled.incident_tickets
group by ticket_key
having count(distinct incident_id) = 1
