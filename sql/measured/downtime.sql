-- builds  measured.downtime (working table): one row per scope: agreed time and what became of it, in microseconds
-- reads   segments and counted runs of the scopes, their strata and parts
-- rule    R-AV1; DOMAIN 3.2: EXCL' = approved maintenance in full ∪ (other exclusions ∩ downtime), never what counts as down; R-PO2 weights; R-GR8
--         unmeasured time that counts as down does so in full
with segments as (
    select
        segment.scope_no,
        sum(segment.end_us - segment.start_us)::bigint as agreed_us,
        sum(if(segment.level in (2, 3), segment.end_us - segment.start_us, 0))::bigint as outside_us,
        sum(if(segment.level = 3, segment.end_us - segment.start_us, 0))::bigint as excluded_us,
        sum(if(segment.level = 4, segment.end_us - segment.start_us, 0))::bigint as disputed_us,
        sum(if(segment.level = 1, segment.end_us - segment.start_us, 0))::bigint as unmeasured_us,
        sum(if(segment.level >= 3, segment.end_us - segment.start_us, 0))::bigint as gross_us,
        sum(
            if(
                segment.level = 5 or (segment.level = 1 and scope.unmeasured_time = 'down'),
                (segment.end_us - segment.start_us)::hugeint * least(segment.weight_ppm, 1000000),
                0
            )
        ) as summed_ppm_us
    from measured.scope_segments as segment
    inner join measured.scopes as scope on segment.scope_no = scope.scope_no
    where segment.stratum = 1 and segment.is_agreed
    group by segment.scope_no
),

runs as (
    select
        run.scope_no,
        sum(if(run.stratum = 1, run.counted_us, 0))::bigint as down_us,
        count(*) filter (where run.stratum = 1) as outages,
        sum(run.counted_us::hugeint * strata.share_ppm) as layered_ppm_us
    from measured.counted_runs as run
    inner join measured.scopes as scope on run.scope_no = scope.scope_no
    inner join measured.strata as strata on scope.part_no = strata.part_no and run.stratum = strata.stratum
    group by run.scope_no
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
    coalesce(
        if(part.partial_outage <> 'binary' and part.overlap_weight = 'sum_capped', segments.summed_ppm_us, runs.layered_ppm_us), 0
    )::decimal(38, 0) as weighted_ppm_us
from measured.scopes as scope
inner join measured.parts as part on scope.part_no = part.part_no
left join segments on scope.scope_no = segments.scope_no
left join runs on scope.scope_no = runs.scope_no
