-- builds  reconciled.island_spans (working table): one row per island and component on its path, `is_own` its own one; component and time (in
--         seconds) packed into one axis
-- reads   islands, dependency paths
-- rule    4.1 step 3: the island of a component meets those of the components below it on that component's stretch of the axis
with axis as (
    select
        min(island.start_us) // 1000000 as origin_s,
        max(island.end_us) // 1000000 - min(island.start_us) // 1000000 + max(policy.episode_gap_us) // 1000000 + 3 as length_s,
        max(policy.episode_gap_us) as gap_us
    from reconciled.component_islands as island
    cross join run.policy as policy
),

stretches as (
    select
        island.island_no,
        island.component_key,
        island.start_us,
        island.end_us + axis.gap_us as reach_us,
        island.start_us // 1000000 - axis.origin_s as low,
        (island.end_us + axis.gap_us) // 1000000 - axis.origin_s + 1 as high,
        axis.length_s
    from reconciled.component_islands as island
    cross join axis
)

select
    stretches.island_no,
    path.ancestor_id = path.component_id as is_own,
    stretches.start_us,
    stretches.reach_us,
    component.component_no * stretches.length_s + stretches.low as low,
    component.component_no * stretches.length_s + stretches.high as high
from stretches
inner join reconciled.component_paths as path on stretches.component_key = path.component_id
inner join reconciled.components as component on path.ancestor_id = component.component_id
