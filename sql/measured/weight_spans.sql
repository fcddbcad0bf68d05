-- builds  measured.weight_spans (working table): one row per scope of weighted time and span in which one share is lost, before granularity
-- reads   segments of the scopes, strata, scopes, parts
-- rule    R-PO2 the maximum weight, by the layers that reach the scope's gate, or the sum, which the gates have capped; R-GR8 unmeasured time
--         that counts as down
with layers as (
    select
        segment.scope_no,
        segment.start_us,
        segment.end_us,
        if(part.overlap_weight = 'sum_capped', segment.weight_ppm, strata.share_ppm) as weight_ppm
    from measured.scope_segments as segment
    inner join measured.scopes as scope on segment.scope_no = scope.scope_no
    inner join measured.parts as part on scope.part_no = part.part_no
    inner join measured.strata as strata on scope.part_no = strata.part_no and segment.stratum = strata.stratum
    where
        part.partial_outage <> 'binary'
        and segment.is_agreed
        and (segment.level = 5 or (segment.level = 1 and scope.unmeasured_time = 'down'))
),

edges as (
    select
        scope_no,
        unnest([start_us, end_us]) as edge_us,
        unnest([weight_ppm, -weight_ppm]) as weight_step
    from layers
),

steps as (
    select
        scope_no,
        edge_us,
        sum(weight_step) as weight_step
    from edges
    group by scope_no, edge_us
),

states as (
    select
        scope_no,
        edge_us as start_us,
        lead(edge_us) over so_far as end_us,
        (sum(weight_step) over so_far)::bigint as weight_ppm
    from steps
    window so_far as (partition by scope_no order by edge_us)
)

select
    scope_no,
    start_us,
    end_us,
    weight_ppm
from states
where weight_ppm > 0
