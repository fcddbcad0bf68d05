-- builds  measured.monitoring_coverage (working table): one row per filter: SLA components, those with a conforming rule, and time without samples
-- reads   the catalogue, monitoring rules, watched and unmeasured time of components, filters of services
-- rule    M-14 components with a rule independent of the provider / all; unmeasured / watched time (R-GR8)
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

conforming as (
    select distinct rule.component_id
    from staged.monitoring_rule as rule
    cross join run.context as context
    where
        rule.independent_of_provider
        and rule.active_from < context.period_end_at
        and (rule.active_to is null or rule.active_to > context.period_start_at)
)

select
    component.filter,
    count(*) as components,
    count(conforming.component_id) as covered,
    count(watch.component_id) as watched,
    coalesce(sum(watch.watched_us), 0)::bigint as watched_us,
    coalesce(sum(watch.unmeasured_us), 0)::bigint as unmeasured_us
from components as component
left join conforming on component.component_id = conforming.component_id
left join reconciled.component_watch as watch on component.component_id = watch.component_id
group by component.filter
