-- builds  reconciled.candidate_pairs (working table): one row per two records that may be about the same incident
-- reads   meetings of block spans, components of records, dependency paths
-- rule    4.1 step 4: spans overlap after widening both; same service or a dependency path. `relation` is the closest of their components
with near as (
    select distinct
        left_no,
        right_no
    from reconciled.span_meetings
    where left_start_us < right_reach_us and right_start_us < left_reach_us
),

component_pairs as (
    select
        near.left_no,
        near.right_no,
        one.component_id as left_id,
        other.component_id as right_id,
        one.has_component and other.has_component as has_component,
        one.service_id = other.service_id as is_same_service
    from near
    inner join reconciled.record_components as one on near.left_no = one.record_no
    inner join reconciled.record_components as other on near.right_no = other.record_no
),

relations as (
    select
        pair.left_id,
        pair.right_id,
        bool_or(down.component_id is not null) or bool_or(up.component_id is not null) as is_path
    from (select distinct left_id, right_id from component_pairs) as pair
    left join reconciled.component_paths as down on pair.left_id = down.ancestor_id and pair.right_id = down.component_id
    left join reconciled.component_paths as up on pair.right_id = up.ancestor_id and pair.left_id = up.component_id
    group by pair.left_id, pair.right_id
),

-- siblings that rest on one component below both
shared as (
    select distinct
        relation.left_id,
        relation.right_id
    from relations as relation
    inner join reconciled.component_paths as one on relation.left_id = one.ancestor_id
    inner join reconciled.component_paths as other on relation.right_id = other.ancestor_id and one.component_id = other.component_id
    where not relation.is_path
),

judged as (
    select
        pair.left_no,
        pair.right_no,
        pair.is_same_service or relation.is_path as is_blocked_together,
        case
            when not pair.has_component then 2
            when pair.left_id = pair.right_id then 1
            when relation.is_path then 3
            when shared.left_id is not null then 4
            else 5
        end as closeness
    from component_pairs as pair
    inner join relations as relation on pair.left_id = relation.left_id and pair.right_id = relation.right_id
    left join shared on pair.left_id = shared.left_id and pair.right_id = shared.right_id
)

select
    left_no,
    right_no,
    ['same', 'no_component', 'parent_child', 'shared_dependency', 'none'][min(closeness)] as relation
from judged
group by left_no, right_no
having bool_or(is_blocked_together)
