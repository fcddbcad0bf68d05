-- builds  measured.deployments (working table): one row per window, deployment begun in it and service it touches; a service of null: none known
-- reads   changes, components they touch, the catalogue, links to incidents, the windows of metrics
-- rule    M-07, M-09: changes of kind deployment; failed = an incident is confirmed to come from it
with touched as (
    select distinct
        change.change_key,
        entry.service_id
    from reconciled.component_changes as change
    inner join staged.service_catalogue as entry
        on
            change.component_id = entry.component_id
            and change.start_us >= epoch_us(entry.valid_from)
            and (entry.valid_to is null or change.start_us < epoch_us(entry.valid_to))
),

failed as (
    select distinct change_key
    from reconciled.change_links
    where status = 'confirmed'
),

deployments as (
    select
        change_key,
        min(started_at) as started_at,
        max(coalesce(ended_at, started_at)) as ended_at
    from staged.change
    where kind = 'deployment'
    group by change_key
)

select
    span.period,
    deployment.change_key,
    touched.service_id,
    epoch_us(deployment.started_at) as start_us,
    epoch_us(deployment.ended_at) as end_us,
    failed.change_key is not null as is_failed
from deployments as deployment
inner join run.metric_windows as span on deployment.started_at >= span.start_at and deployment.started_at < span.end_at
left join touched on deployment.change_key = touched.change_key
left join failed on deployment.change_key = failed.change_key
