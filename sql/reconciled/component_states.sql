-- builds  reconciled.component_states (working table): one row per component and span of one measured state; unmeasured time is no row
-- reads   monitoring runs
-- rule    3.7: down if any rule says down, else degraded if any does, else up. `measured_before_us` = time measured before the span, so that
--         the measured part of any span is a difference of two look-ups
with edges as (
    select
        component_key,
        start_us as edge_us,
        (state = 'down')::bigint as down_step,
        (state = 'degraded')::bigint as degraded_step,
        (state = 'up')::bigint as up_step
    from reconciled.monitoring_runs
    where state in ('down', 'degraded', 'up')
    union all
    select
        component_key,
        end_us as edge_us,
        -(state = 'down')::bigint as down_step,
        -(state = 'degraded')::bigint as degraded_step,
        -(state = 'up')::bigint as up_step
    from reconciled.monitoring_runs
    where state in ('down', 'degraded', 'up')
),

steps as (
    select
        component_key,
        edge_us,
        sum(down_step) as down_step,
        sum(degraded_step) as degraded_step,
        sum(up_step) as up_step
    from edges
    group by component_key, edge_us
),

pieces as (
    select
        component_key,
        edge_us as start_us,
        lead(edge_us) over so_far as end_us,
        case
            when sum(down_step) over so_far > 0 then 'down'
            when sum(degraded_step) over so_far > 0 then 'degraded'
            when sum(up_step) over so_far > 0 then 'up'
        end as state
    from steps
    window so_far as (partition by component_key order by edge_us)
),

marked as (
    select
        pieces.*,
        (lag(end_us) over by_time is distinct from start_us or lag(state) over by_time is distinct from state)::bigint as begins_span
    from pieces
    where state is not null
    window by_time as (partition by component_key order by start_us)
),

numbered as (
    select
        marked.*,
        sum(begins_span) over (partition by component_key order by start_us rows unbounded preceding) as span_no
    from marked
),

spans as (
    select
        component_key,
        state,
        min(start_us) as start_us,
        max(end_us) as end_us
    from numbered
    group by component_key, state, span_no
)

select
    component_key,
    state,
    start_us,
    end_us,
    (sum(end_us - start_us) over (partition by component_key order by start_us) - (end_us - start_us))::bigint as measured_before_us
from spans
