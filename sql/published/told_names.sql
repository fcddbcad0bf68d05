-- builds  published.told_names (working table): one row per incident in a span of a told result: its bounds and the name people know it by
-- reads   reconciled incidents
-- rule    a block names every incident by its ticket of record, else by its id
with told as (
    select distinct unnest(span.incident_ids) as incident_id
    from published.result_spans as span
    inner join published.told_results as result on span.result_id = result.result_id
)

select
    incident.incident_id,
    incident.ticket_key,
    incident.title,
    incident.occurred_at,
    incident.restored_at,
    incident.down_us,
    incident.contract_version_id
from reconciled.incidents as incident
inner join told on incident.incident_id = told.incident_id
