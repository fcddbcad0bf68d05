-- builds  reconciled.component_islands (working table): one row per component and unbroken stretch of signals on it
-- reads   signals
-- rule    4.1 step 3: signals on one component that overlap or lie close together are one episode
with marked as (
    select
        component_key,
        start_us,
        end_us,
        reach_us,
        coalesce(
            start_us > max(reach_us) over (
                partition by component_key
                order by start_us, end_us, reach_us
                rows between unbounded preceding and 1 preceding
            ),
            true
        )::bigint as begins_island
    from reconciled.signals
),

numbered as (
    select
        component_key,
        start_us,
        end_us,
        sum(begins_island) over (partition by component_key order by start_us, end_us, reach_us) as place
    from marked
)

select
    component_key,
    min(start_us) as start_us,
    max(end_us) as end_us,
    row_number() over (order by component_key, place) - 1 as island_no
from numbered
group by component_key, place
