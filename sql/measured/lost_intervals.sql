-- builds  measured.lost_intervals (working table): one row per scope of a mean of error rates: microseconds lost, in units of 1 / scale
-- reads   what spans of the scopes lose
-- rule    R-GR6: exact where the rates have a common denominator of at most 10^12, else every rate is cut off there, never to our favour
with scales as (
    select
        scope_no,
        least(
            list_reduce(
                list(distinct loss_den order by loss_den),
                lambda one, other: if(one >= 1000000000000, one, lcm(one, other))
            ),
            1000000000000
        ) as scale
    from measured.interval_losses
    group by scope_no
)

select
    span.scope_no,
    min(scales.scale) as scale,
    sum((span.end_us - span.start_us)::hugeint * (span.loss_num * scales.scale // span.loss_den))::hugeint as lost
from measured.interval_losses as span
inner join scales on span.scope_no = scales.scope_no
group by span.scope_no
