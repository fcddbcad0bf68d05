-- builds  measured.tuned_alerts (working table): one row per rule and way to tune it: alerts of the period it would have suppressed
-- reads   alerts in sessions, parts that sessions play, ways to tune
-- rule    an alert that cleared before the added hold time was over would not have fired, one still firing would; with a second rule none
--         would have fired in an episode in which no other rule did
with alerts as (
    select
        place.rule_id,
        place.rules = 1 as is_alone,
        alert.disposition,
        if(alert.is_open, null, alert.end_us - alert.start_us) as length_us,
        count(*) as alerts
    from reconciled.session_alerts as alert
    inner join reconciled.session_places as place on alert.series_no = place.series_no and alert.session_no = place.session_no
    cross join run.context as context
    where alert.start_us >= epoch_us(context.period_start_at) and alert.start_us < epoch_us(context.period_end_at)
    group by all
),

suppressed as (
    select
        tuning.rule_id,
        tuning.option,
        tuning.hold_us,
        alerts.disposition,
        alerts.alerts
    from measured.tuning_options as tuning
    inner join alerts on tuning.rule_id = alerts.rule_id
    where if(tuning.option = 'hold', coalesce(alerts.length_us < tuning.added_us, false), alerts.is_alone)
)

select
    rule_id,
    option,
    hold_us,
    sum(alerts)::bigint as alerts,
    coalesce(sum(alerts) filter (where disposition = 'false_positive'), 0)::bigint as false_positives,
    coalesce(sum(alerts) filter (where disposition = 'transient_no_impact'), 0)::bigint as transients,
    coalesce(sum(alerts) filter (where disposition = 'true_positive'), 0)::bigint as true_positives,
    coalesce(sum(alerts) filter (where disposition = 'undispositioned'), 0)::bigint as undispositioned
from suppressed
group by rule_id, option, hold_us
