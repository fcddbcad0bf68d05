-- builds  measured.alert_verdicts (working table): one row per filter of services, and per rule: alerts that fired in the period, and what
--         people said of them
-- reads   alerts, names of the catalogue, filters, the services they select
-- rule    M-06. Whatever a person said is a disposition, also duplicate and maintenance; rules of one name in two systems are one rule
with alerts as (
    select
        alert.rule_id,
        name.service_id,
        count(*) as alerts,
        count(*) filter (where alert.disposition <> 'undispositioned') as dispositioned,
        count(*) filter (where alert.disposition in ('false_positive', 'transient_no_impact')) as without_impact
    from staged.alert as alert
    left join reconciled.name_spans as name
        on
            alert.component_raw = name.name
            and epoch_us(alert.fired_at) >= name.start_us
            and epoch_us(alert.fired_at) < name.end_us
    cross join run.context as context
    where alert.fired_at >= context.period_start_at and alert.fired_at < context.period_end_at
    group by alert.rule_id, name.service_id
),

placed as (
    select
        '{}' as filter,
        alerts,
        dispositioned,
        without_impact
    from alerts
    union all
    select
        link.filter,
        alerts.alerts,
        alerts.dispositioned,
        alerts.without_impact
    from alerts
    inner join measured.service_filters as link on alerts.service_id = link.service_id
    where link.filter <> '{}'
    union all
    select
        '{"rule_id":' || json_text(rule_id) || '}' as filter,
        alerts,
        dispositioned,
        without_impact
    from alerts
),

-- a service without an alert has a row too
filters as (
    select filter
    from measured.metric_filters
    where dimension <> 'severity'
    union
    select filter
    from placed
)

select
    filters.filter,
    coalesce(sum(placed.alerts), 0)::bigint as alerts,
    coalesce(sum(placed.dispositioned), 0)::bigint as dispositioned,
    coalesce(sum(placed.without_impact), 0)::bigint as without_impact
from filters
left join placed on filters.filter = placed.filter
group by filters.filter
