-- builds  measured.overdue_actions (working table): one row per window and filter with actions overdue at its end: how long, ascending
-- reads   duties, dimensions of services, filters, the windows of metrics
-- rule    M-13: age of what is overdue at the window's end, or at as_of
with overdue as (
    select
        span.period,
        duty.service_id,
        duty.provider_id,
        duty.owner_team,
        duty.severity,
        least(epoch_us(span.end_at), epoch_us(context.as_of)) - duty.due_us as age_us
    from measured.all_duties as duty
    cross join run.metric_windows as span
    cross join run.context as context
    where
        duty.kind = 'action'
        and duty.status <> 'cancelled'
        and duty.due_us < least(epoch_us(span.end_at), epoch_us(context.as_of))
        and (duty.done_us is null or duty.done_us >= least(epoch_us(span.end_at), epoch_us(context.as_of)))
),

dimensions as (
    select
        overdue.period,
        overdue.age_us,
        unnest([
            struct_pack(dimension := 'all', selected := ''),
            struct_pack(dimension := 'service', selected := overdue.service_id),
            struct_pack(dimension := 'provider', selected := coalesce(overdue.provider_id, service.provider_id)),
            struct_pack(dimension := 'team', selected := coalesce(overdue.owner_team, service.team)),
            struct_pack(dimension := 'severity', selected := overdue.severity)
        ]) as dimension
    from overdue
    left join measured.service_dimensions as service on overdue.period = service.period and overdue.service_id = service.service_id
)

select
    filters.period,
    filters.filter,
    list(dimensions.age_us order by dimensions.age_us) as ages_us
from dimensions
inner join measured.metric_filters as filters
    on
        dimensions.period = filters.period
        and dimensions.dimension.dimension = filters.dimension
        and dimensions.dimension.selected = coalesce(filters.selected, '')
group by filters.period, filters.filter
