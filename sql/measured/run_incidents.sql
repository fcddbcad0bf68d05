-- builds  measured.run_incidents (working table): one row per run of bad time and incident whose time meets it
-- reads   runs of bad time, incidents, the catalogue
-- rule    what samples' rates say belongs to the incident of the component, or of the service as such, whose time meets the run, as runs of a down
--         state do; to none if there is none: its cause is unknown (R-CR3)
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
),

reaching as (
    select * from hit
    union
    select
        hit.incident_id,
        entry.component_id,
        hit.start_us,
        hit.end_us
    from hit
    inner join staged.service_catalogue as entry on hit.component_id = entry.service_id
)

select distinct
    bad.terms_no,
    bad.component_id,
    bad.start_us,
    reaching.incident_id
from measured.bad_runs as bad
inner join reaching
    on
        bad.component_id = reaching.component_id
        and bad.start_us < reaching.end_us
        and bad.end_us > reaching.start_us
