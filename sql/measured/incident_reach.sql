-- builds  measured.incident_reach (working table): one row per incident and component that it may be about, with its time
-- reads   incidents, the catalogue
-- rule    what stands on a service as such may be about any of its components
with hit as (
    select
        incident.incident_id,
        unnest(
            if(len(incident.component_ids) = 0, [incident.service_id], incident.component_ids)
        ) as component_id,
        epoch_us(incident.occurred_at) as start_us,
        epoch_us(coalesce(incident.restored_at, context.as_of)) as end_us
    from reconciled.incidents as incident
    cross join run.context as context
    where incident.status <> 'cancelled'
)

select * from hit
union
select
    hit.incident_id,
    entry.component_id,
    hit.start_us,
    hit.end_us
from hit
inner join staged.service_catalogue as entry on hit.component_id = entry.service_id
