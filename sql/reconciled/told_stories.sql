-- builds  reconciled.told_stories (working table): one row per record that an episode matches by score and leader of the episode: whether both
--         tell one story
-- reads   pairs with the verdict of their score, leaders of episodes, records, claims and their standings, dependency paths, references, duplicates
-- rule    4.1 step 7: on a dense service an episode may have swallowed a neighbour, so sharing it brings records together only if they tell one
--         story themselves: a match of their own, or chance does not explain that they begin so near and are so much like each other
--         (reports/handbook/matching.md); and never further apart than an opening may count
with shared as (
    select
        pair.right_no as episode_no,
        pair.left_no as record_no,
        leader.leader_no,
        abs(one.start_us - other.start_us) as apart_us,
        lower(one.cause) = lower(other.cause) as is_one_cause,
        standing.words,
        leader_standing.words as leader_words,
        standing.end_us,
        leader_standing.end_us as leader_end_us,
        mine.component_id,
        theirs.component_id as leader_id,
        greatest(standing.others, leader_standing.others) as others,
        mine.has_component and theirs.has_component as has_component
    from reconciled.pair_verdicts as pair
    inner join reconciled.episode_leaders as leader on pair.right_no = leader.episode_no and pair.left_no <> leader.leader_no
    inner join reconciled.records as one on pair.left_no = one.record_no
    inner join reconciled.records as other on leader.leader_no = other.record_no
    inner join reconciled.claims as mine on one.raw_id = mine.raw_id
    inner join reconciled.claims as theirs on other.raw_id = theirs.raw_id
    inner join reconciled.record_standings as standing on one.record_no = standing.record_no
    inner join reconciled.record_standings as leader_standing on other.record_no = leader_standing.record_no
    where pair.right_entity = 'episode' and pair.decision = 'match'
),

related as (
    select
        shared.*,
        case
            when shared.component_id = shared.leader_id and shared.has_component then 'same'
            when not shared.has_component then 'no_component'
            when above.component_id is null and below.component_id is null then 'none'
            else 'parent_child'
        end as relation
    from shared
    left join reconciled.component_paths as above on shared.component_id = above.ancestor_id and shared.leader_id = above.component_id
    left join reconciled.component_paths as below on shared.leader_id = below.ancestor_id and shared.component_id = below.component_id
),

-- what brings two records together without the episode
joined as (
    select left_no, right_no from reconciled.pair_verdicts
    where decision = 'match' and right_entity <> 'episode'
    union all
    select record_no as left_no, to_no as right_no from reconciled.reference_links
    where verdict = 'match'
    union all
    select left_no, right_no from reconciled.duplicate_pairs
),

together as (
    select left_no, right_no from joined
    union
    select right_no, left_no from joined
)

select
    related.episode_no,
    related.record_no,
    related.leader_no,
    together.left_no is not null or (
        related.apart_us <= policy.opening_zero_at_us
        and by_chance(
            related.others, related.apart_us, policy.chance_nearest_us, policy.chance_window_us,
            worth_of_words(
                related.is_one_cause, related.words, related.leader_words,
                policy.words_half, policy.words_some, policy.words_none, policy.words_unknown
            )
            * worth_of_relation(
                related.relation, policy.components_same, policy.components_parent_child, policy.components_no_component,
                policy.components_shared_dependency, policy.components_none
            )
            * worth_of_ends(
                related.end_us, related.leader_end_us,
                policy.ends_near_us, policy.ends_far_us, policy.ends_near, policy.ends_between, policy.ends_far
            )
        ) < policy.story_below
    ) as is_one_story
from related
cross join run.policy as policy
left join together on related.record_no = together.left_no and related.leader_no = together.right_no
