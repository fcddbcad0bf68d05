-- builds  measured.failing_spans (working table): one row per scope, component and span in which failing requests of it count
-- reads   states of components and segments of scopes whose value is of requests
-- rule    R-EX1, R-DI1: what is excluded or disputed has left; R-AV1 within agreed service time
with failing as (
    select
        link.scope_no,
        link.component_id,
        state.start_us + link.axis_us as low,
        state.end_us + link.axis_us as high
    from measured.component_segments as state
    inner join measured.scope_samples as link on state.scope_no = link.scope_no and state.component_id = link.component_id
    where state.stratum = 1 and state.level = 5
),

agreed as (
    select
        segment.start_us + link.axis_us as low,
        segment.end_us + link.axis_us as high
    from measured.scope_segments as segment
    inner join measured.scope_samples as link on segment.scope_no = link.scope_no
    where segment.stratum = 1 and segment.is_agreed and segment.level = 5
)

select
    failing.scope_no,
    failing.component_id,
    greatest(failing.low, agreed.low) as low,
    least(failing.high, agreed.high) as high
from failing
inner join agreed on failing.low < agreed.high and failing.high > agreed.low
