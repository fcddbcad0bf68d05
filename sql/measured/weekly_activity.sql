-- builds  measured.weekly_activity: one row per window listed, filter and whole week of it, as tables.yml has it
-- reads   incidents of the windows, deployments, filters, the windows of metrics
-- rule    M-15: weeks of seven days from the window's start; one that is not over by as_of has no row
with weeks as (
    select
        span.period,
        unnest(range(epoch_us(span.start_at), epoch_us(least(span.end_at, context.as_of)) - 604800000000 + 1, 604800000000)) as start_us
    from run.metric_windows as span
    cross join run.context as context
    where span.is_listed
),

incidents as (
    select
        week.period,
        week.start_us,
        link.filter,
        count(*) as incidents
    from measured.metric_incidents as incident
    inner join measured.incident_filters as link on incident.period = link.period and incident.incident_id = link.incident_id
    inner join weeks as week
        on
            incident.period = week.period
            and epoch_us(incident.occurred_at) >= week.start_us
            and epoch_us(incident.occurred_at) < week.start_us + 604800000000
    where incident.is_occurred
    group by week.period, week.start_us, link.filter
),

placed as (
    select distinct
        period,
        '{}' as filter,
        change_key,
        start_us
    from measured.deployments
    union
    select
        deployment.period,
        link.filter,
        deployment.change_key,
        deployment.start_us
    from measured.deployments as deployment
    inner join measured.service_filters as link on deployment.period = link.period and deployment.service_id = link.service_id
),

deployments as (
    select
        week.period,
        week.start_us,
        placed.filter,
        count(*) as deployments
    from placed
    inner join weeks as week
        on placed.period = week.period and placed.start_us >= week.start_us and placed.start_us < week.start_us + 604800000000
    group by week.period, week.start_us, placed.filter
)

select
    filters.period,
    filters.filter::json as filter,
    moment(week.start_us) as start_at,
    coalesce(incidents.incidents, 0) as incidents,
    coalesce(deployments.deployments, 0) as deployments
from measured.metric_filters as filters
inner join weeks as week on filters.period = week.period
left join incidents on filters.period = incidents.period and filters.filter = incidents.filter and week.start_us = incidents.start_us
left join deployments
    on filters.period = deployments.period and filters.filter = deployments.filter and week.start_us = deployments.start_us
where filters.dimension <> 'severity'
