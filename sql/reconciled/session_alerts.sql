-- builds  reconciled.session_alerts (working table): one row per alert, with the session of its series that it belongs to
-- reads   alerts and their series, older versions
-- rule    DOMAIN 4.1 step 3: a session = alerts of one series with gaps of at most session_gap. An alert still firing ends at as_of, capped.
--         `is_credible`: neither false positive nor transient (4.2 occurred)
with alerts as (
    select
        series.series_no,
        alert.raw_id,
        alert.source_system,
        alert.source_id,
        alert.source_key,
        alert.incident_ref,
        coalesce(superseded.first_raw_id, alert.raw_id) as first_raw_id,
        coalesce(superseded.first_recorded_from, alert.recorded_from) as first_recorded_from,
        alert.disposition,
        alert.disposition not in ('false_positive', 'transient_no_impact') as is_credible,
        alert.disposition = 'true_positive' as is_true_positive,
        alert.cleared_at is null as is_open,
        epoch_us(alert.fired_at) as start_us,
        greatest(
            epoch_us(alert.fired_at),
            coalesce(
                epoch_us(alert.cleared_at),
                least(epoch_us(context.as_of), epoch_us(alert.fired_at) + policy.open_span_cap_us)
            )
        ) as end_us,
        policy.session_gap_us
    from staged.alert as alert
    inner join reconciled.alert_series as series
        on
            alert.source_system = series.source_system
            and alert.rule_id = series.rule_id
            and alert.component_raw = series.component_raw
            and coalesce(alert.fingerprint, '') = series.fingerprint
    left join reconciled.superseded as superseded
        on
            superseded.entity = 'alert'
            and alert.source_system = superseded.source_system
            and alert.source_key = superseded.source_key
    cross join run.context as context
    cross join run.policy as policy
),

marked as (
    select
        alerts.*,
        coalesce(start_us > max(end_us) over earlier + session_gap_us, true)::bigint as begins_session
    from alerts
    window earlier as (
        partition by series_no
        order by start_us, end_us, raw_id
        rows between unbounded preceding and 1 preceding
    )
)

select
    series_no,
    (sum(begins_session) over (partition by series_no order by start_us, end_us, raw_id))::bigint as session_no,
    raw_id,
    source_system,
    source_id,
    source_key,
    incident_ref,
    first_raw_id,
    first_recorded_from,
    disposition,
    is_credible,
    is_true_positive,
    is_open,
    start_us,
    end_us
from marked
