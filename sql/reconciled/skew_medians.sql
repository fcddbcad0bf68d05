-- builds  reconciled.skew_medians (working table): one row per pair of sources, bound and month: how far they lie apart
-- reads   what sources of one incident say
-- rule    RC-D5: the monthly median per pair of sources, first minus second, in months of UTC by the second's word; never corrected. It is a
--         discrepancy beyond its own tolerance (`is_beyond`) from as many incidents as metrics need for a median (policy
--         metrics.small_n.list_only_below): of fewer the single differences say all
with pairs as (
    select
        one.source_system,
        other.source_system as against,
        one.raw_id,
        unnest(['start', 'end']) as bound,
        unnest([one.start_us - other.start_us, one.end_us - other.end_us]) as apart_us,
        unnest([other.start_us, other.end_us]) as at_us
    from reconciled.source_spans as one
    inner join reconciled.source_spans as other
        on
            one.incident_id = other.incident_id
            and (one.place, one.source_system) < (other.place, other.source_system)
    inner join reconciled.incident_status as status on one.incident_id = status.incident_id
    where status.status <> 'cancelled'
),

sorted as (
    select
        source_system,
        against,
        bound,
        strftime(moment(at_us), '%Y-%m') as month,
        count(*) as n,
        list(apart_us order by apart_us) as lengths_us,
        list(distinct raw_id order by raw_id) as raw_ids
    from pairs
    where apart_us is not null
    group by source_system, against, bound, month
),

medians as (
    select
        sorted.* exclude (lengths_us),
        (lengths_us[(n + 1) // 2] + lengths_us[n // 2 + 1]) // 2 as delta_us
    from sorted
)

select
    'RC-D5' as rule_id,
    'TIMESTAMP_SKEW' as type,
    null::varchar as incident_id,
    medians.source_system,
    medians.against,
    medians.bound,
    medians.month,
    medians.n,
    medians.raw_ids,
    'median ' || medians.bound || ' against ' || medians.against || ' in ' || medians.month as field,
    medians.n || ' incidents' as observed,
    null::varchar as expected,
    medians.delta_us,
    policy.median_skew_us as tolerance_us,
    abs(medians.delta_us) > policy.median_skew_us and medians.n >= policy.list_only_below as is_beyond
from medians
cross join run.policy as policy
