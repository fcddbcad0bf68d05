-- builds  measured.counted_weights (working table): one row per scope of weighted time and span of its counted time, with the share lost in it
-- reads   counted runs, weights of the scopes
-- rule    DOMAIN 3.2: granularity first, then weights. A run is where anything is lost; what vanishes takes its weighted time with it. Time that a
--         rule adds (a bridged gap, the rest of a clock minute) counts with the lower of the weights beside it in the run, or the one there is
with edges as (
    select
        scope_no,
        unnest([counted_from_us, counted_until_us]) as edge_us,
        unnest([1, -1]) as counted_step,
        unnest([1, 0]) as begun,
        0 as weight_step
    from measured.counted_runs
    where scope_no in (select weight.scope_no from measured.weight_spans as weight)
    union all
    select
        scope_no,
        unnest([start_us, end_us]) as edge_us,
        0 as counted_step,
        0 as begun,
        unnest([weight_ppm, -weight_ppm]) as weight_step
    from measured.weight_spans
),

steps as (
    select
        scope_no,
        edge_us,
        sum(counted_step) as counted_step,
        sum(begun) as begun,
        sum(weight_step) as weight_step
    from edges
    group by scope_no, edge_us
),

states as (
    select
        scope_no,
        edge_us as start_us,
        lead(edge_us) over so_far as end_us,
        sum(counted_step) over so_far > 0 as is_counted,
        sum(begun) over so_far as run_no,
        nullif(sum(weight_step) over so_far, 0)::bigint as weight_ppm
    from steps
    window so_far as (partition by scope_no order by edge_us)
),

beside as (
    select
        *,
        last_value(weight_ppm ignore nulls) over (
            partition by scope_no, run_no order by start_us rows between unbounded preceding and 1 preceding
        ) as before_ppm,
        first_value(weight_ppm ignore nulls) over (
            partition by scope_no, run_no order by start_us rows between 1 following and unbounded following
        ) as after_ppm
    from states
    where is_counted
)

select
    scope_no,
    start_us,
    end_us,
    coalesce(weight_ppm, least(before_ppm, after_ppm)) as weight_ppm
from beside
