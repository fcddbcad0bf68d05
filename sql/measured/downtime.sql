-- builds  measured.downtime (working table): one row per scope: agreed time and what became of it, in microseconds; `lost_ppm_us` is what was
--         lost, in millionths of the service, or of one user where user minutes are counted
-- reads   segments, counted runs and their weights, scopes, parts
-- rule    R-AV1; DOMAIN 3.2: EXCL' = approved maintenance in full ∪ (other exclusions ∩ downtime), never what counts as down; R-PO2 weights
with segments as (
    select
        segment.scope_no,
        sum(segment.end_us - segment.start_us)::bigint as agreed_us,
        sum(if(segment.level in (2, 3), segment.end_us - segment.start_us, 0))::bigint as outside_us,
        sum(if(segment.level = 3, segment.end_us - segment.start_us, 0))::bigint as excluded_us,
        sum(if(segment.level = 4, segment.end_us - segment.start_us, 0))::bigint as disputed_us,
        sum(if(segment.level = 1, segment.end_us - segment.start_us, 0))::bigint as unmeasured_us,
        sum(if(segment.level >= 3, segment.end_us - segment.start_us, 0))::bigint as gross_us
    from measured.scope_segments as segment
    where segment.stratum = 1 and segment.is_agreed
    group by segment.scope_no
),

runs as (
    select
        scope_no,
        sum(counted_us)::bigint as down_us,
        count(*) as outages
    from measured.counted_runs
    group by scope_no
),

weights as (
    select
        scope_no,
        sum((end_us - start_us)::hugeint * weight_ppm) as lost_ppm_us
    from measured.counted_weights
    group by scope_no
)

select
    scope.scope_no,
    scope.part_no,
    coalesce(segments.agreed_us, 0) as agreed_us,
    coalesce(segments.outside_us, 0) as outside_us,
    coalesce(segments.excluded_us, 0) as excluded_us,
    coalesce(segments.disputed_us, 0) as disputed_us,
    coalesce(segments.unmeasured_us, 0) as unmeasured_us,
    coalesce(segments.gross_us, 0) as gross_us,
    coalesce(runs.down_us, 0) as down_us,
    coalesce(runs.outages, 0) as outages,
    part.partial_outage <> 'binary' as is_weighted,
    if(part.partial_outage = 'binary', coalesce(runs.down_us, 0)::hugeint * 1000000, coalesce(weights.lost_ppm_us, 0))::decimal(38, 0)
        as lost_ppm_us
from measured.scopes as scope
inner join measured.parts as part on scope.part_no = part.part_no
left join segments on scope.scope_no = segments.scope_no
left join runs on scope.scope_no = runs.scope_no
left join weights on scope.scope_no = weights.scope_no
