-- builds  measured.metric_durations (working table): one row per metric of a time between two anchors and incident of the period
-- reads   incidents, the run
-- rule    M-01: incidents restored (or resolved) in the period are observed if they have both anchors, else missing; one that occurred before
--         the period's end and was not yet restored (or resolved) at it, or at as_of, is censored (R-OP1)
with incidents as (
    select
        incident.*,
        context.period_start_at,
        least(context.period_end_at, context.as_of) as until_at
    from reconciled.incidents as incident
    cross join run.context as context
    where incident.status <> 'cancelled'
),

anchors as (
    select
        incident_id,
        status,
        occurred_at,
        period_start_at,
        until_at,
        coalesce(restored_at, resolved_at, closed_at) as restored_by,
        coalesce(resolved_at, closed_at) as resolved_by,
        unnest([
            struct_pack(metric_id := 'mttd', from_at := occurred_at, to_at := detected_at, is_resolve := false),
            struct_pack(metric_id := 'mtta', from_at := detected_at, to_at := acknowledged_at, is_resolve := false),
            struct_pack(metric_id := 'mttm', from_at := occurred_at, to_at := mitigated_at, is_resolve := false),
            struct_pack(metric_id := 'mttr_restore', from_at := occurred_at, to_at := restored_at, is_resolve := false),
            struct_pack(metric_id := 'mttr_resolve', from_at := occurred_at, to_at := resolved_at, is_resolve := true),
            struct_pack(metric_id := 'detect_to_restore', from_at := detected_at, to_at := restored_at, is_resolve := false)
        ]) as anchor
    from incidents
),

placed as (
    select
        anchor.metric_id,
        incident_id,
        occurred_at,
        period_start_at,
        until_at,
        if(anchor.is_resolve, resolved_by, restored_by) as ended_at,
        epoch_us(anchor.to_at) - epoch_us(anchor.from_at) as length_us
    from anchors
)

select
    metric_id,
    incident_id,
    case
        when ended_at is null or ended_at >= until_at then 'censored'
        when length_us is null then 'missing'
        else 'observed'
    end as standing,
    if(ended_at < until_at, length_us, null) as length_us
from placed
where
    (ended_at >= period_start_at and ended_at < until_at)
    or ((ended_at is null or ended_at >= until_at) and occurred_at < until_at)
