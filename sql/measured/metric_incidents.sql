-- builds  measured.metric_incidents (working table): one row per window and incident that occurred in it, ended in it, or was open at its end
-- reads   incidents, approved exclusions from metrics, the windows
-- rule    M-01, R-OP1: a window ends at as_of if it is not over. M-16: `excluded_from` are the metrics of which it was left out
with outliers as (
    select
        period,
        incident_id,
        list(distinct metric_id order by metric_id) as metric_ids
    from measured.outliers
    where status = 'applied'
    group by period, incident_id
),

placed as (
    select
        span.period,
        span.start_at,
        least(span.end_at, context.as_of) as until_at,
        incident.incident_id,
        incident.service_id,
        incident.provider_id,
        incident.severity_max,
        incident.occurred_at,
        incident.detected_at,
        incident.acknowledged_at,
        incident.mitigated_at,
        incident.restored_at,
        incident.resolved_at,
        incident.cause_key,
        incident.first_detected_by,
        incident.change_related,
        incident.is_change_tested,
        coalesce(incident.restored_at, incident.resolved_at, incident.closed_at) as restored_by,
        coalesce(incident.resolved_at, incident.closed_at) as resolved_by
    from reconciled.incidents as incident
    inner join run.metric_windows as span on incident.occurred_at < span.end_at
    cross join run.context as context
    where
        incident.status <> 'cancelled'
        and (
            incident.occurred_at >= span.start_at
            or coalesce(incident.resolved_at, incident.closed_at, context.as_of) >= span.start_at
            or coalesce(incident.restored_at, incident.resolved_at, incident.closed_at, context.as_of) >= span.start_at
        )
)

select
    placed.*,
    placed.occurred_at >= placed.start_at as is_occurred,
    coalesce(outliers.metric_ids, []) as excluded_from
from placed
left join outliers on placed.period = outliers.period and placed.incident_id = outliers.incident_id
