-- builds  measured.metrics: one row per metric and filter of the period, as tables.yml has it
-- reads   samples of durations, ratios, intervals as computed, the run, the policy
-- rule    M-08: exact values, statistics half up at six decimals; quantiles of type 7 by whole numbers: the p-quantile of n ascending values
--         stands at (n - 1) p, between two of them in proportion; publication rules only what is printed. M-06: a rate of false positives lies
--         between what it were if every alert nobody judged was true, and if every one was false
with samples as (
    select
        metric_id,
        filter,
        n,
        censored_n,
        missing_n,
        total_us,
        lengths_us,
        (n - 1) * 9 // 10 + 1 as p90_place,
        (n - 1) * 9 % 10 as p90_tenths
    from measured.metric_samples
),

durations as (
    select
        metric_id,
        filter,
        'min' as unit,
        n,
        censored_n,
        missing_n,
        total_us as num,
        n * 60000000 as den,
        minutes_of(total_us, n) as mean,
        minutes_of(lengths_us[(n + 1) // 2] + lengths_us[n // 2 + 1], 2) as median,
        minutes_of(
            lengths_us[p90_place] * 10 + (lengths_us[least(p90_place + 1, n)] - lengths_us[p90_place]) * p90_tenths, 10
        ) as p90,
        minutes_of(lengths_us[1], 1) as smallest,
        minutes_of(lengths_us[n], 1) as largest,
        true as is_duration,
        false as is_worst_case
    from samples
),

ratios as (
    select
        metric_id,
        filter,
        unit,
        n,
        0 as censored_n,
        missing_n,
        num,
        den,
        null as mean,
        null as median,
        null as p90,
        null as smallest,
        null as largest,
        false as is_duration,
        metric_id = 'false_positive_rate' and n + missing_n > 0 as is_worst_case
    from measured.metric_ratios
),

valued as (
    select *
    from durations
    union all
    select *
    from ratios
)

select
    valued.metric_id,
    '1' as definition_version,
    valued.filter::json as filter,
    context.period,
    context.period_start_at as start_at,
    context.period_end_at as end_at,
    valued.unit,
    valued.n,
    valued.censored_n,
    valued.missing_n,
    0::bigint as excluded_n,
    if(valued.den > 0, valued.num, null)::decimal(38, 0) as value_num,
    if(valued.den > 0, valued.den, null)::decimal(38, 0) as value_den,
    if(valued.den > 0, millionths_half_up(valued.num, valued.den), null) as value,
    valued.mean::decimal(18, 6) as mean,
    valued.median::decimal(18, 6) as median,
    valued.p90::decimal(18, 6) as p90,
    valued.smallest::decimal(18, 6) as smallest,
    valued.largest::decimal(18, 6) as largest,
    if(valued.is_worst_case, millionths_half_up(valued.num, valued.n + valued.missing_n), bounds.low) as low,
    if(valued.is_worst_case, millionths_half_up(valued.num + valued.missing_n, valued.n + valued.missing_n), bounds.high) as high,
    bounds.median_low,
    bounds.median_high,
    if(valued.is_worst_case, 'worst_case', bounds.interval_method) as interval_method,
    null::decimal(18, 6) as value_all,
    null::decimal(18, 6) as exposure,
    null::varchar as exposure_unit,
    null::decimal(18, 6) as previous_value,
    null::decimal(18, 6) as p_value,
    null::decimal(18, 6) as p_adjusted,
    null::varchar as verdict,
    case
        when not valued.is_duration and valued.unit <> 'share' and valued.den > 0 then 'mean_median_interval'
        when valued.n = 0 or valued.den = 0 then 'none'
        when valued.metric_id in ('availability', 'monitoring_coverage', 'unmeasured_share') then 'mean_median_interval'
        when valued.n < policy.list_only_below then 'list_only'
        when valued.n < policy.flagged_below then 'median_range_flagged'
        else 'mean_median_interval'
    end as publication,
    false as is_suppressed,
    bounds.seed
from valued
left join measured.metric_intervals as bounds on valued.metric_id = bounds.metric_id and valued.filter = bounds.filter
cross join run.context as context
cross join run.policy as policy
