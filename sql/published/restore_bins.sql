-- builds  published.restore_bins (working table): one row per doubling of time from a minute on in which incidents were restored; bin 0 is less than
--         a minute, bin n from 2^(n-1) minutes to twice that
-- reads   incidents, the run
-- rule    M-01: incidents restored in the period with both anchors, as the metric mttr_restore counts them; durations are long-tailed, so bins double
with lengths as (
    select epoch_us(incident.restored_at) - epoch_us(incident.occurred_at) as length_us
    from reconciled.incidents as incident
    cross join run.context as context
    where
        incident.status <> 'cancelled'
        and incident.restored_at >= context.period_start_at
        and incident.restored_at < least(context.period_end_at, context.as_of)
),

edges as (
    select list_transform(range(0, 24), lambda doubling: 60000000::bigint << doubling::integer) as edges_us
)

select
    len(list_filter(edges.edges_us, lambda edge: edge <= lengths.length_us)) as bin,
    count(*) as incidents
from lengths
cross join edges
group by bin
