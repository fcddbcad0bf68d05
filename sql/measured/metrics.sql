-- builds  measured.metrics: one row per metric, filter and window listed, as tables.yml has it
-- reads   samples of durations, lengths of outages, ages of overdue actions, ratios, intervals, comparisons and correlations as computed,
--         agreement of raters, the windows and what they can be compared with, the policy
-- rule    M-08: exact values, statistics half up at six decimals; quantiles of type 7 by whole numbers: the p-quantile of n ascending values
--         stands at (n - 1) p, between two of them in proportion; publication rules only what is printed, and a team of fewer observations
--         than the smallest group is suppressed where they tell of people's work. M-06: a rate of false positives lies between what it were
--         if every alert nobody judged was true, and if every one was false. M-16: `value_all` keeps what was left out
with lists as (
    select
        period,
        metric_id,
        filter,
        'min' as unit,
        60000000 as unit_us,
        n,
        censored_n,
        missing_n,
        excluded_n,
        total_us,
        all_n,
        all_total_us,
        lengths_us
    from measured.metric_samples
    union all
    select
        time.period,
        'mtrs' as metric_id,
        time.filter,
        'min' as unit,
        60000000 as unit_us,
        time.outages as n,
        0 as censored_n,
        0 as missing_n,
        0 as excluded_n,
        time.down_us as total_us,
        time.outages as all_n,
        time.down_us as all_total_us,
        coalesce(outages.lengths_us, []) as lengths_us
    from measured.service_availability as time
    left join measured.outage_lengths as outages on time.period = outages.period and time.filter = outages.filter
    union all
    select
        filters.period,
        'action_overdue' as metric_id,
        filters.filter,
        'h' as unit,
        3600000000 as unit_us,
        coalesce(len(overdue.ages_us), 0) as n,
        0 as censored_n,
        0 as missing_n,
        0 as excluded_n,
        coalesce(list_sum(overdue.ages_us), 0)::bigint as total_us,
        coalesce(len(overdue.ages_us), 0) as all_n,
        coalesce(list_sum(overdue.ages_us), 0)::bigint as all_total_us,
        coalesce(overdue.ages_us, []) as lengths_us
    from measured.metric_filters as filters
    left join measured.overdue_actions as overdue on filters.period = overdue.period and filters.filter = overdue.filter
),

samples as (
    select
        *,
        (n - 1) * 9 // 10 + 1 as p90_place,
        (n - 1) * 9 % 10 as p90_tenths
    from lists
),

durations as (
    select
        period,
        metric_id,
        filter,
        unit,
        n,
        censored_n,
        missing_n,
        excluded_n,
        total_us as num,
        n * unit_us as den,
        if(all_n > 0, millionths_half_up(all_total_us, all_n * unit_us), null) as value_all,
        if(n > 0, millionths_half_up(total_us, n * unit_us), null) as mean,
        if(n > 0, millionths_half_up(lengths_us[(n + 1) // 2] + lengths_us[n // 2 + 1], 2 * unit_us), null) as median,
        if(
            n > 0,
            millionths_half_up(
                lengths_us[p90_place] * 10 + (lengths_us[least(p90_place + 1, n)] - lengths_us[p90_place]) * p90_tenths, 10 * unit_us
            ),
            null
        ) as p90,
        if(n > 0, millionths_half_up(lengths_us[1], unit_us), null) as smallest,
        if(n > 0, millionths_half_up(lengths_us[n], unit_us), null) as largest,
        null as exposure,
        null as exposure_unit,
        true as is_duration,
        false as is_worst_case
    from samples
),

ratios as (
    select
        period,
        metric_id,
        filter,
        unit,
        n,
        0 as censored_n,
        missing_n,
        excluded_n,
        num,
        den,
        if(all_den > 0, millionths_half_up(all_num, all_den), null) as value_all,
        null as mean,
        null as median,
        null as p90,
        null as smallest,
        null as largest,
        millionths(exposure) as exposure,
        exposure_unit,
        false as is_duration,
        metric_id = 'false_positive_rate' and n + missing_n > 0 as is_worst_case
    from measured.metric_ratios
),

agreements as (
    select
        period,
        'deployment_correlation' as metric_id,
        filter,
        'correlation' as unit,
        weeks as n,
        rho as value,
        low,
        high,
        if(low is null, null, 'bootstrap') as interval_method,
        seed
    from measured.deployment_lags
    where lag = 0
    union all
    select
        span.period,
        'classification_agreement' as metric_id,
        '{}' as filter,
        'kappa' as unit,
        coalesce(agreement.n, 0) as n,
        agreement.kappa as value,
        null as low,
        null as high,
        null as interval_method,
        null as seed
    from run.metric_windows as span
    left join measured.classification_agreement as agreement on span.period = agreement.period
),

valued as (
    select
        *,
        null::decimal(18, 6) as told_value,
        null::decimal(18, 6) as told_low,
        null::decimal(18, 6) as told_high,
        null as told_method,
        null as told_seed
    from (
        select *
        from durations
        union all
        select *
        from ratios
    )
    union all by name
    select
        period,
        metric_id,
        filter,
        unit,
        n,
        0 as censored_n,
        0 as missing_n,
        0 as excluded_n,
        0 as num,
        0 as den,
        false as is_duration,
        false as is_worst_case,
        value as told_value,
        low as told_low,
        high as told_high,
        interval_method as told_method,
        seed as told_seed
    from agreements
),

told as (
    select
        *,
        if(den > 0, millionths_half_up(num, den), told_value) as value
    from valued
)

select
    valued.metric_id,
    '1' as definition_version,
    valued.filter::json as filter,
    valued.period,
    span.start_at,
    span.end_at,
    valued.unit,
    valued.n,
    valued.censored_n,
    valued.missing_n,
    valued.excluded_n,
    if(valued.den > 0, valued.num, null)::decimal(38, 0) as value_num,
    if(valued.den > 0, valued.den, null)::decimal(38, 0) as value_den,
    valued.value,
    valued.mean::decimal(18, 6) as mean,
    valued.median::decimal(18, 6) as median,
    valued.p90::decimal(18, 6) as p90,
    valued.smallest::decimal(18, 6) as smallest,
    valued.largest::decimal(18, 6) as largest,
    if(valued.is_worst_case, millionths_half_up(valued.num, valued.n + valued.missing_n), coalesce(bounds.low, valued.told_low)) as low,
    if(
        valued.is_worst_case,
        millionths_half_up(valued.num + valued.missing_n, valued.n + valued.missing_n),
        coalesce(bounds.high, valued.told_high)
    ) as high,
    bounds.median_low,
    bounds.median_high,
    if(valued.is_worst_case, 'worst_case', coalesce(bounds.interval_method, valued.told_method)) as interval_method,
    if(valued.excluded_n > 0, valued.value_all, null)::decimal(18, 6) as value_all,
    valued.exposure::decimal(18, 6) as exposure,
    valued.exposure_unit,
    before.value as previous_value,
    compared.p_value,
    compared.p_adjusted,
    coalesce(compared.verdict, 'not_tested') as verdict,
    case
        when valued.unit in ('correlation', 'kappa') and valued.told_value is null then 'none'
        when valued.unit = 'correlation' then 'mean_median_interval'
        when valued.unit <> 'kappa' and not valued.is_duration and valued.unit <> 'share' and valued.den > 0 then 'mean_median_interval'
        when valued.n = 0 or (valued.den = 0 and valued.unit <> 'kappa') then 'none'
        when valued.metric_id in ('availability', 'monitoring_coverage', 'unmeasured_share') then 'mean_median_interval'
        when valued.n < policy.list_only_below then 'list_only'
        when valued.n < policy.flagged_below then 'median_range_flagged'
        else 'mean_median_interval'
    end as publication,
    starts_with(valued.filter, '{"team":')
    and valued.n > 0
    and valued.n < policy.min_group
    and (
        valued.is_duration
        or valued.metric_id in (
            'response_attainment', 'restore_attainment', 'resolve_attainment', 'escalation_on_time', 'review_on_time', 'runbook_on_time',
            'action_on_time', 'action_closed'
        )
    ) as is_suppressed,
    coalesce(bounds.seed, valued.told_seed) as seed,
    coalesce(bounds.median_with_open, if(valued.is_duration and valued.censored_n = 0, valued.median, null))::decimal(18, 6) as median_with_open
from told as valued
inner join run.metric_windows as span on valued.period = span.period and span.is_listed
left join measured.metric_intervals as bounds
    on valued.period = bounds.period and valued.metric_id = bounds.metric_id and valued.filter = bounds.filter
left join measured.covered_windows as pair on valued.period = pair.period
left join told as before
    on pair.previous_period = before.period and valued.metric_id = before.metric_id and valued.filter = before.filter
left join measured.metric_comparisons as compared
    on valued.period = compared.period and valued.metric_id = compared.metric_id and valued.filter = compared.filter
cross join run.policy as policy
