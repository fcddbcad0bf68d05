-- builds  measured.monitoring_coverage (working table): one row per filter: SLA components, those with a conforming rule, and time without samples
-- reads   the catalogue, monitoring rules, unmeasured intervals, filters of services
-- rule    M-14 components with a conforming rule / all; unmeasured / watched time
with components as (
    select distinct
        link.filter,
        entry.component_id
    from staged.service_catalogue as entry
    inner join measured.service_filters as link on entry.service_id = link.service_id
    cross join run.context as context
    where
        entry.sla_governed
        and entry.valid_from < context.period_end_at
        and (entry.valid_to is null or entry.valid_to > context.period_start_at)
),

watched_spans as (
    select
        rule.component_id,
        greatest(epoch_us(rule.active_from), epoch_us(context.period_start_at)) as start_us,
        least(
            coalesce(epoch_us(rule.active_to), epoch_us(context.period_end_at)), epoch_us(context.period_end_at), epoch_us(context.as_of)
        ) as end_us
    from staged.monitoring_rule as rule
    cross join run.context as context
    where
        rule.independent_of_provider
        and rule.active_from < context.period_end_at
        and (rule.active_to is null or rule.active_to > context.period_start_at)
),

watched as (
    select
        component_id,
        max(end_us) - min(start_us) as watched_us
    from watched_spans
    group by component_id
),

unmeasured as (
    select
        span.component_id,
        sum(
            greatest(
                least(epoch_us(span.end_at), epoch_us(context.period_end_at))
                - greatest(epoch_us(span.start_at), epoch_us(context.period_start_at)),
                0
            )
        )::bigint as unmeasured_us
    from reconciled.unmeasured_intervals as span
    cross join run.context as context
    group by span.component_id
)

select
    component.filter,
    count(*) as components,
    count(watched.component_id) as covered,
    coalesce(sum(watched.watched_us), 0)::bigint as watched_us,
    coalesce(sum(if(watched.component_id is null, 0, unmeasured.unmeasured_us)), 0)::bigint as unmeasured_us
from components as component
left join watched on component.component_id = watched.component_id
left join unmeasured on component.component_id = unmeasured.component_id
group by component.filter
