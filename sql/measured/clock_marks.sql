-- builds  measured.clock_marks (working table): one row per judged severity of a clock and share of its target: after how much counted time it is
--         reached, and when
-- reads   clock spans and limits, shares of segments, pauses, open hours
-- rule    R-BH1 the earliest instant at which counted time reaches the target; pauses push it back (R-PA1)
with shares as (
    select unnest([50, 75, 90, 100]) as threshold_pct
),

needed as (
    select
        limits.target_no,
        shares.threshold_pct,
        ((limits.target_us::hugeint * shares.threshold_pct + 99) // 100)::bigint as counted_us
    from measured.clock_limits as limits
    inner join measured.clock_spans as span on limits.target_no = span.target_no
    cross join shares
    where span.severity_change <> 'segment'
    union all
    select
        segment.target_no,
        shares.threshold_pct,
        min(
            segment.before_us
            + (
                ((segment.share_den * 10000 * shares.threshold_pct - segment.share_before) * segment.target_s + segment.share_den - 1)
                // segment.share_den
            )
        )::bigint as counted_us
    from measured.segment_shares as segment
    cross join shares
    where
        segment.share_before < segment.share_den * 10000 * shares.threshold_pct
        and (segment.is_last or segment.share_before + segment.share >= segment.share_den * 10000 * shares.threshold_pct)
    group by segment.target_no, shares.threshold_pct
),

pauses as (
    select
        target_no,
        from_us,
        until_us - from_us as length_us,
        from_us - coalesce(sum(until_us - from_us) over (
            partition by target_no order by from_us rows between unbounded preceding and 1 preceding
        ), 0)::bigint as counted_before_us
    from measured.clock_pauses
    where kind = 'paused' and not is_headline
),

pushed as (
    select
        needed.target_no,
        needed.threshold_pct,
        sum(pauses.length_us)::bigint as paused_us
    from needed
    inner join pauses on needed.target_no = pauses.target_no and needed.counted_us > pauses.counted_before_us
    group by needed.target_no, needed.threshold_pct
),

asked as (
    select
        needed.target_no,
        needed.threshold_pct,
        needed.counted_us,
        span.service_hours,
        limits.stated_due_us,
        coalesce(pushed.paused_us, 0) as paused_us,
        limits.start_counted_us + needed.counted_us + coalesce(pushed.paused_us, 0) as open_us
    from needed
    left join pushed on needed.target_no = pushed.target_no and needed.threshold_pct = pushed.threshold_pct
    inner join measured.clock_spans as span on needed.target_no = span.target_no
    inner join measured.clock_limits as limits on needed.target_no = limits.target_no
)

select
    asked.target_no,
    asked.threshold_pct,
    asked.counted_us,
    if(
        asked.threshold_pct = 100 and asked.paused_us = 0 and asked.stated_due_us is not null,
        asked.stated_due_us,
        if(
            asked.open_us - hours.counted_before_us <= hours.end_us - hours.start_us,
            hours.start_us + asked.open_us - hours.counted_before_us,
            null
        )
    ) as mark_us
from asked
asof left join measured.clock_hours as hours
    on asked.service_hours = hours.calendar_id and asked.open_us > hours.counted_before_us
