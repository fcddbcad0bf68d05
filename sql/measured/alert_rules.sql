-- builds  measured.alert_rules: one row per rule with alerts in the period: what people said of them, how they hang together, as tables.yml has it
-- reads   alerts that fired in the period, sessions that began in it
-- rule    M-06, 4.1 step 3: nothing is left out or deleted, the six dispositions add up to the alerts; rules of one name in two systems are one
with alerts as (
    select
        alert.rule_id,
        count(*) as alerts,
        count(*) filter (where alert.disposition = 'true_positive') as true_positives,
        count(*) filter (where alert.disposition = 'false_positive') as false_positives,
        count(*) filter (where alert.disposition = 'transient_no_impact') as transients,
        count(*) filter (where alert.disposition = 'duplicate') as duplicates,
        count(*) filter (where alert.disposition = 'maintenance') as maintenance,
        count(*) filter (where alert.disposition = 'undispositioned') as undispositioned
    from staged.alert as alert
    cross join run.context as context
    where alert.fired_at >= context.period_start_at and alert.fired_at < context.period_end_at
    group by alert.rule_id
),

sessions as (
    select
        place.rule_id,
        list(distinct place.component_key order by place.component_key) as component_ids,
        count(*) as sessions,
        count(*) filter (where place.place = 'echo') as echoes,
        count(*) filter (where place.is_flapping) as flapping_sessions,
        coalesce(sum(place.alerts) filter (where place.is_flapping), 0)::bigint as flapping_alerts
    from reconciled.session_places as place
    cross join run.context as context
    where place.start_us >= epoch_us(context.period_start_at) and place.start_us < epoch_us(context.period_end_at)
    group by place.rule_id
)

select
    alerts.rule_id,
    coalesce(sessions.component_ids, []) as component_ids,
    alerts.alerts,
    alerts.true_positives,
    alerts.false_positives,
    alerts.transients,
    alerts.duplicates,
    alerts.maintenance,
    alerts.undispositioned,
    coalesce(sessions.sessions, 0) as sessions,
    coalesce(sessions.echoes, 0) as echoes,
    coalesce(sessions.flapping_sessions, 0) as flapping_sessions,
    coalesce(sessions.flapping_alerts, 0) as flapping_alerts
from alerts
left join sessions on alerts.rule_id = sessions.rule_id
