-- builds  measured.metric_samples (working table): one row per metric of durations and filter, with its observations in ascending order
-- reads   durations, filters and incidents they select
-- rule    M-08: values are filled at any n
with metrics as (
    select metric_id
    from unnest(['mttd', 'mtta', 'mttm', 'mttr_restore', 'mttr_resolve', 'detect_to_restore']) as names (metric_id)
),

durations as (
    select
        duration.metric_id,
        link.filter,
        duration.standing,
        duration.length_us
    from measured.metric_durations as duration
    inner join measured.incident_filters as link on duration.incident_id = link.incident_id
),

counts as (
    select
        metric_id,
        filter,
        count(*) filter (where standing = 'observed') as n,
        count(*) filter (where standing = 'censored') as censored_n,
        count(*) filter (where standing = 'missing') as missing_n,
        sum(length_us)::bigint as total_us,
        list(length_us order by length_us) filter (where standing = 'observed') as lengths_us
    from durations
    group by metric_id, filter
)

select
    metrics.metric_id,
    filters.filter,
    coalesce(counts.n, 0) as n,
    coalesce(counts.censored_n, 0) as censored_n,
    coalesce(counts.missing_n, 0) as missing_n,
    coalesce(counts.total_us, 0) as total_us,
    coalesce(counts.lengths_us, []) as lengths_us
from metrics
cross join measured.metric_filters as filters
left join counts on metrics.metric_id = counts.metric_id and filters.filter = counts.filter
