-- builds  measured.metric_durations (working table): one row per window, metric of a time between two anchors and incident of the window
-- reads   incidents of the windows
-- rule    M-01: incidents restored (or resolved) in the window are observed if they have both anchors, else missing; one that occurred before
--         the window's end and was not yet restored (or resolved) at it, or at as_of, is censored (R-OP1). `known_us` of a censored one is the
--         time that is over: to its anchor if it has it, else to the end of what is known
with anchors as (
    select
        period,
        incident_id,
        start_at,
        until_at,
        restored_by,
        resolved_by,
        excluded_from,
        unnest([
            struct_pack(metric_id := 'mttd', from_at := occurred_at, to_at := detected_at, is_resolve := false),
            struct_pack(metric_id := 'mtta', from_at := detected_at, to_at := acknowledged_at, is_resolve := false),
            struct_pack(metric_id := 'mttm', from_at := occurred_at, to_at := mitigated_at, is_resolve := false),
            struct_pack(metric_id := 'mttr_restore', from_at := occurred_at, to_at := restored_at, is_resolve := false),
            struct_pack(metric_id := 'mttr_resolve', from_at := occurred_at, to_at := resolved_at, is_resolve := true),
            struct_pack(metric_id := 'detect_to_restore', from_at := detected_at, to_at := restored_at, is_resolve := false)
        ]) as anchor
    from measured.metric_incidents
),

placed as (
    select
        period,
        anchor.metric_id,
        incident_id,
        start_at,
        until_at,
        list_contains(excluded_from, anchor.metric_id) as is_excluded,
        if(anchor.is_resolve, resolved_by, restored_by) as ended_at,
        anchor.to_at < until_at as is_known,
        epoch_us(anchor.to_at) - epoch_us(anchor.from_at) as length_us,
        epoch_us(until_at) - epoch_us(anchor.from_at) as open_us
    from anchors
)

select
    period,
    metric_id,
    incident_id,
    case
        when ended_at is null or ended_at >= until_at then 'censored'
        when length_us is null then 'missing'
        else 'observed'
    end as standing,
    is_excluded,
    if(ended_at < until_at, length_us, null) as length_us,
    if(coalesce(ended_at >= until_at, true), if(coalesce(is_known, false), length_us, open_us), null) as known_us,
    coalesce(is_known, false) as is_known
from placed
where ended_at is null or ended_at >= start_at
