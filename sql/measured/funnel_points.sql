-- builds  measured.funnel_points (working table): one row per window listed, rate and filter of a service, provider or team, beside all together
-- reads   ratios, filters, the windows of metrics
-- rule    M-09: instead of league tables; without exposure there is no point
select
    own.period,
    own.metric_id,
    own.filter,
    filters.dimension,
    own.unit,
    own.n,
    own.den,
    millionths(own.exposure) as exposure,
    own.exposure_unit,
    whole.num as all_num,
    whole.den as all_den
from measured.metric_ratios as own
inner join run.metric_windows as span on own.period = span.period and span.is_listed
inner join measured.metric_filters as filters on own.period = filters.period and own.filter = filters.filter
inner join measured.metric_ratios as whole on own.period = whole.period and own.metric_id = whole.metric_id and whole.filter = '{}'
where
    own.metric_id in ('incidents_per_1000_service_hours', 'incidents_per_100_deployments')
    and filters.dimension in ('service', 'provider', 'team')
    and own.den > 0
