-- builds  measured.service_dimensions (working table): one row per window and service: provider, team, components and active time in it
-- reads   the catalogue, the windows of metrics
-- rule    M-08: metrics are written for every service, provider and team of the catalogue, by its last entry in the window
with entries as (
    select
        span.period,
        entry.service_id,
        entry.component_id,
        entry.provider_id,
        entry.owner_team,
        entry.valid_from,
        greatest(epoch_us(entry.valid_from), epoch_us(span.start_at)) as start_us,
        least(coalesce(epoch_us(entry.valid_to), epoch_us(span.end_at)), epoch_us(span.end_at), epoch_us(context.as_of)) as end_us
    from staged.service_catalogue as entry
    inner join run.metric_windows as span on entry.valid_from < span.end_at and (entry.valid_to is null or entry.valid_to > span.start_at)
    cross join run.context as context
),

components as (
    select
        period,
        service_id,
        count(distinct component_id) as components
    from entries
    group by period, service_id
)

select
    entries.period,
    entries.service_id,
    arg_max(entries.provider_id, entries.valid_from) as provider_id,
    arg_max(entries.owner_team, entries.valid_from) as team,
    min(components.components) as components,
    sum(greatest(entries.end_us - entries.start_us, 0))::bigint as active_us
from entries
inner join components on entries.period = components.period and entries.service_id = components.service_id
where entries.service_id = entries.component_id
group by entries.period, entries.service_id
