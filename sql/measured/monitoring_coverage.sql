-- builds  measured.monitoring_coverage (working table): one row per window and filter: SLA components, those with a conforming rule, and time without
--         samples
-- reads   the catalogue, monitoring rules, watched and unmeasured time of components, filters of services, windows
-- rule    M-14 components with a rule independent of the provider / all; unmeasured / watched time (R-GR8)
with components as (
    select distinct
        link.period,
        link.filter,
        entry.component_id
    from staged.service_catalogue as entry
    inner join measured.service_filters as link on entry.service_id = link.service_id
    inner join run.metric_windows as span
        on
            link.period = span.period
            and entry.valid_from < span.end_at
            and (entry.valid_to is null or entry.valid_to > span.start_at)
    where entry.sla_governed
),

conforming as (
    select distinct
        span.period,
        rule.component_id
    from staged.monitoring_rule as rule
    inner join run.metric_windows as span on rule.active_from < span.end_at and (rule.active_to is null or rule.active_to > span.start_at)
    where rule.independent_of_provider
)

select
    component.period,
    component.filter,
    count(*) as components,
    count(conforming.component_id) as covered,
    count(watch.component_id) as watched,
    coalesce(sum(watch.watched_us), 0)::bigint as watched_us,
    coalesce(sum(watch.unmeasured_us), 0)::bigint as unmeasured_us
from components as component
left join conforming on component.period = conforming.period and component.component_id = conforming.component_id
left join measured.watched_time as watch on component.period = watch.period and component.component_id = watch.component_id
group by component.period, component.filter
