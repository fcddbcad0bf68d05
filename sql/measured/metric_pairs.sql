-- builds  measured.metric_pairs (working table): one row per window with one before it, metric that is a count or a share, and filter with
--         exposure in both
-- reads   ratios, filters, windows that can be compared
-- rule    M-10: counts are compared by what they are exposed to: service time, or deployments; shares by their own sizes
with ratios as (
    select
        ratio.period,
        ratio.metric_id,
        ratio.filter,
        ratio.is_count,
        ratio.n,
        ratio.num,
        ratio.den,
        if(ratio.is_count, if(ratio.metric_id = 'incidents_per_100_deployments', ratio.den, time.den), ratio.den) as exposure
    from measured.metric_ratios as ratio
    left join measured.metric_ratios as time
        on ratio.period = time.period and ratio.filter = time.filter and time.metric_id = 'incidents_per_1000_service_hours'
    where ratio.is_count or ratio.is_proportion
)

select
    late.period,
    late.metric_id,
    late.filter,
    filters.dimension,
    late.is_count,
    if(late.is_count, late.n, late.num::bigint) as hits,
    if(early.is_count, early.n, early.num::bigint) as previous_hits,
    late.exposure,
    early.exposure as previous_exposure,
    late.num,
    late.den,
    early.num as previous_num,
    early.den as previous_den
from measured.covered_windows as pair
inner join ratios as late on pair.period = late.period
inner join ratios as early on pair.previous_period = early.period and late.metric_id = early.metric_id and late.filter = early.filter
inner join measured.metric_filters as filters on late.period = filters.period and late.filter = filters.filter
where late.exposure > 0 and early.exposure > 0
