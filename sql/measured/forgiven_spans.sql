-- builds  measured.forgiven_spans (working table): one row per scope whose value is of requests, component and span in which no failure of it counts
-- reads   segments of the scopes and states of their components
-- rule    R-AV1 outside agreed service time; R-EX1, R-EX2, R-DI1 what is excluded or disputed has left
with closed as (
    select
        link.scope_no,
        link.component_id,
        segment.start_us + link.axis_us as low,
        segment.end_us + link.axis_us as high
    from measured.scope_segments as segment
    inner join measured.scope_samples as link on segment.scope_no = link.scope_no
    where segment.stratum = 1 and (not segment.is_agreed or segment.level in (2, 3))
),

counting as (
    select
        segment.start_us + link.axis_us as low,
        segment.end_us + link.axis_us as high
    from measured.scope_segments as segment
    inner join measured.scope_samples as link on segment.scope_no = link.scope_no
    where segment.stratum = 1 and segment.is_agreed and segment.level not in (2, 3)
),

held as (
    select
        link.scope_no,
        link.component_id,
        state.start_us + link.axis_us as low,
        state.end_us + link.axis_us as high
    from measured.component_segments as state
    inner join measured.scope_samples as link on state.scope_no = link.scope_no and state.component_id = link.component_id
    where state.stratum = 1 and state.level in (2, 3, 4)
)

select * from closed
union all
select
    held.scope_no,
    held.component_id,
    greatest(held.low, counting.low) as low,
    least(held.high, counting.high) as high
from held
inner join counting on held.low < counting.high and held.high > counting.low
