-- builds  measured.metric_ratios (working table): one row per metric that is a count, a share or time over something, and filter: exact
-- reads   availability, coverage and verdicts on alerts by filter, incidents, recurrence, filters
-- rule    M-02 availability, downtime, outages, MTRS; M-03 recurrence; M-05 uptime per failure, and the mean time between starts apart (E89);
--         M-06 false positives of alerts, and who noticed first; M-14 monitoring coverage and unmeasured share. num / den is minutes, a share
--         or a count; there is no value where den is 0. `missing_n`: alerts nobody judged, incidents of which nobody says who noticed them
with occurred as (
    select
        link.filter,
        count(*) as incidents,
        count(incident.cause_key) as with_cause,
        count(*) filter (where recurrence.is_recurrent) as recurrent,
        count(incident.first_detected_by) as with_detection,
        count(*) filter (where incident.first_detected_by in ('user', 'provider')) as missed
    from reconciled.incidents as incident
    inner join measured.incident_filters as link on incident.incident_id = link.incident_id
    left join measured.recurrence as recurrence on incident.incident_id = recurrence.incident_id
    cross join run.context as context
    where incident.occurred_at >= context.period_start_at and incident.occurred_at < context.period_end_at
    group by link.filter
),

ratios as (
    select
        filters.filter,
        unnest([
            struct_pack(metric_id := 'incidents', unit := 'count', n := occurred.incidents, num := occurred.incidents, den := 1),
            struct_pack(
                metric_id := 'cause_key_coverage', unit := 'share', n := occurred.incidents, num := occurred.with_cause, den := occurred.incidents
            ),
            struct_pack(
                metric_id := 'recurrence_rate', unit := 'share', n := occurred.with_cause, num := occurred.recurrent, den := occurred.with_cause
            ),
            struct_pack(
                metric_id := 'missed_detection_share',
                unit := 'share',
                n := occurred.with_detection,
                num := occurred.missed,
                den := occurred.with_detection
            )
        ]) as metric,
        occurred.incidents - occurred.with_detection as unjudged
    from measured.metric_filters as filters
    left join occurred on filters.filter = occurred.filter
    union all
    select
        filter,
        unnest([
            struct_pack(metric_id := 'availability', unit := 'share', n := services, num := active_us - down_us, den := active_us),
            struct_pack(metric_id := 'downtime', unit := 'min', n := outages, num := down_us, den := 60000000),
            struct_pack(metric_id := 'outages', unit := 'count', n := outages, num := outages, den := 1),
            struct_pack(metric_id := 'mtrs', unit := 'min', n := outages, num := down_us, den := outages * 60000000),
            struct_pack(metric_id := 'mtbf', unit := 'min', n := outages, num := active_us - down_us, den := outages * 60000000),
            struct_pack(
                metric_id := 'mean_time_between_starts', unit := 'min', n := gaps, num := between_starts_us, den := gaps * 60000000
            )
        ]) as metric,
        0 as unjudged
    from measured.service_availability
    union all
    select
        filter,
        unnest([
            struct_pack(metric_id := 'monitoring_coverage', unit := 'share', n := components, num := covered, den := components),
            struct_pack(metric_id := 'unmeasured_share', unit := 'share', n := watched, num := unmeasured_us, den := watched_us)
        ]) as metric,
        0 as unjudged
    from measured.monitoring_coverage
    union all
    select
        filter,
        unnest([
            struct_pack(metric_id := 'false_positive_rate', unit := 'share', n := dispositioned, num := without_impact, den := dispositioned),
            struct_pack(metric_id := 'disposition_coverage', unit := 'share', n := alerts, num := dispositioned, den := alerts)
        ]) as metric,
        alerts - dispositioned as unjudged
    from measured.alert_verdicts
)

select
    metric.metric_id,
    filter,
    metric.unit,
    coalesce(metric.n, 0) as n,
    if(metric.metric_id in ('false_positive_rate', 'missed_detection_share'), coalesce(unjudged, 0), 0) as missing_n,
    coalesce(metric.num, 0) as num,
    coalesce(metric.den, 0) as den,
    metric.metric_id in ('cause_key_coverage', 'recurrence_rate', 'monitoring_coverage', 'missed_detection_share') as is_proportion
from ratios
