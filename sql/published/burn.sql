-- builds  published.burn (working table): one row per headline result and hour in which downtime was counted, with what was used up before
--         and after it
-- reads   counted spans, in time order
-- rule    R-AV1: downtime is the weighted length of counted spans; compared with the allowance that the target leaves
with steps as (
    select
        span.result_id,
        span.start_at,
        span.end_at,
        (sum(span.length_us * span.weight) over so_far - span.length_us * span.weight)::bigint as before_us,
        (sum(span.length_us * span.weight) over so_far)::bigint as after_us
    from published.result_spans as span
    where span.counted_as = 'counted'
    window so_far as (partition by span.result_id order by span.start_at rows unbounded preceding)
)

select
    steps.result_id,
    min(steps.start_at) as start_at,
    max(steps.end_at) as end_at,
    min(steps.before_us) as before_us,
    max(steps.after_us) as after_us
from steps
group by steps.result_id, epoch_us(steps.start_at) // 3600000000
