-- builds  measured.metric_samples (working table): one row per window, metric of durations and filter, with its observations in ascending order
-- reads   durations, filters and incidents they select
-- rule    M-08: values are filled at any n. M-16: `all_n`, `all_total_us` keep what was left out. Of censored ones, lengths that are known and
--         those that still run stand apart, for the Kaplan-Meier median
with metrics as (
    select metric_id
    from unnest(['mttd', 'mtta', 'mttm', 'mttr_restore', 'mttr_resolve', 'detect_to_restore']) as names (metric_id)
),

durations as (
    select
        duration.*,
        link.filter
    from measured.metric_durations as duration
    inner join measured.incident_filters as link on duration.period = link.period and duration.incident_id = link.incident_id
),

counts as (
    select
        period,
        metric_id,
        filter,
        count(*) filter (where standing = 'observed' and not is_excluded) as n,
        count(*) filter (where standing = 'censored' and not is_excluded) as censored_n,
        count(*) filter (where standing = 'missing' and not is_excluded) as missing_n,
        count(*) filter (where is_excluded) as excluded_n,
        sum(length_us) filter (where not is_excluded)::bigint as total_us,
        count(*) filter (where standing = 'observed') as all_n,
        sum(length_us)::bigint as all_total_us,
        list(length_us order by length_us) filter (where standing = 'observed' and not is_excluded) as lengths_us,
        list(known_us order by known_us) filter (
            where standing = 'censored' and is_known and known_us is not null and not is_excluded
        ) as reached_us,
        list(known_us order by known_us) filter (
            where standing = 'censored' and not is_known and known_us is not null and not is_excluded
        ) as running_us
    from durations
    group by period, metric_id, filter
)

select
    filters.period,
    metrics.metric_id,
    filters.filter,
    coalesce(counts.n, 0) as n,
    coalesce(counts.censored_n, 0) as censored_n,
    coalesce(counts.missing_n, 0) as missing_n,
    coalesce(counts.excluded_n, 0) as excluded_n,
    coalesce(counts.total_us, 0) as total_us,
    coalesce(counts.all_n, 0) as all_n,
    coalesce(counts.all_total_us, 0) as all_total_us,
    coalesce(counts.lengths_us, []) as lengths_us,
    coalesce(counts.reached_us, []) as reached_us,
    coalesce(counts.running_us, []) as running_us
from metrics
cross join measured.metric_filters as filters
left join counts on filters.period = counts.period and metrics.metric_id = counts.metric_id and filters.filter = counts.filter
