-- builds  published.tuning_hints (working table): one row per rule that another hold time or a second rule would have spared noise, at most ten:
--         the way that would have missed least, among those the one that spares most, then the shortest
-- reads   ways to tune rules
-- rule    M-06, M-08: no hint where too few alerts were judged; what it would have missed stands beside what it spares
with hints as (
    select
        *,
        publication = 'median_range_flagged' as is_few,
        false_positives + transients as spared
    from measured.alert_tuning
    where publication in ('median_range_flagged', 'mean_median_interval') and false_positives + transients > 0
),

chosen as (
    select *
    from hints
    qualify
        row_number() over (
            partition by rule_id
            order by
                incidents_missed, true_positives, incidents_later, spared desc, longest_later_us nulls first, hold_us nulls last, option
        ) = 1
)

select *
from chosen
qualify row_number() over (order by spared desc, true_positives, rule_id) <= 10
