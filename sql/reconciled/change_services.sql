-- builds  reconciled.change_services (working table): one row per change and service it may hurt, with its own stretch of the axis on which
--         changes and incidents meet
-- reads   changes on components, dependency paths, bounds and words of incidents
-- rule    a change may hurt the service of its component and of every component above it. Service and time (in seconds) are packed into one
--         axis; a change counts from its start until the look-back after its end
with reach as (
    select
        change.change_key,
        above.service_id,
        min(change.start_us) as start_us,
        max(change.until_us) + max(policy.change_lookback_us) as reach_us
    from reconciled.component_changes as change
    inner join reconciled.component_paths as path on change.component_id = path.component_id
    inner join reconciled.components as above on path.ancestor_id = above.component_id
    cross join run.policy as policy
    group by change.change_key, above.service_id
),

service_numbers as (
    select
        service_id,
        row_number() over (order by service_id) as service_no
    from reach
    group by service_id
),

axis as (
    select
        coalesce(min(occurred_us), 0) // 1000000 as origin_s,
        (coalesce(max(occurred_us), 0) - coalesce(min(occurred_us), 0)) // 1000000 + 2 as length_s
    from reconciled.incident_bounds
)

select
    reach.change_key,
    reach.service_id,
    reach.start_us,
    reach.reach_us,
    service_numbers.service_no * axis.length_s as origin,
    axis.origin_s,
    service_numbers.service_no * axis.length_s + least(greatest(reach.start_us // 1000000 - axis.origin_s, 0), axis.length_s - 1) as low,
    service_numbers.service_no * axis.length_s + least(greatest(reach.reach_us // 1000000 - axis.origin_s, 0), axis.length_s - 1) as high
from reach
inner join service_numbers on reach.service_id = service_numbers.service_id
cross join axis
