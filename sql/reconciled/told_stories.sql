-- builds  reconciled.told_stories (working table): one row per record that an episode matches by score and leader of the episode: whether both
--         tell one story
-- reads   pairs with the verdict of their score, leaders of episodes, records, claims, dependency paths, references, duplicates
-- rule    4.1 step 7: on a dense service an episode may have swallowed a neighbour, so sharing it brings records together only if they tell one
--         story themselves. Siblings do not. Words (or causes) that are half the same tell one story; else the starts must lie so close that
--         chance does not explain it: of the other records of the service that begin within half a day, less than `chance` may be expected
--         within that distance. It is a quarter with some words in common (a tenth on two components of one path), a twenty-fifth with
--         other words (a hundredth); and never further than a late record opens after an outage, or an early one before it, or the gap of
--         an episode (reports/handbook/matching.md). A match of their own needs no more
with neighbours as (
    select
        raw_id,
        count(*) over (
            partition by service_id
            order by start_us
            range between 43200000000 preceding and 43200000000 following
        ) - 2 as others
    from reconciled.claims
),

shared as (
    select
        pair.right_no as episode_no,
        pair.left_no as record_no,
        leader.leader_no,
        abs(one.start_us - other.start_us) as apart_us,
        if(lower(one.cause) = lower(other.cause), 1, likeness(one.words, other.words)) as alike,
        len(one.words) = 0 or len(other.words) = 0 as is_silent,
        mine.component_id,
        theirs.component_id as leader_id,
        one.source_system = other.source_system as is_one_source,
        greatest(neighbours.others, 1) as others,
        mine.has_component and theirs.has_component as has_component
    from reconciled.pair_verdicts as pair
    inner join reconciled.episode_leaders as leader on pair.right_no = leader.episode_no and pair.left_no <> leader.leader_no
    inner join reconciled.records as one on pair.left_no = one.record_no
    inner join reconciled.records as other on leader.leader_no = other.record_no
    inner join reconciled.claims as mine on one.raw_id = mine.raw_id
    inner join reconciled.claims as theirs on other.raw_id = theirs.raw_id
    inner join neighbours on one.raw_id = neighbours.raw_id
    where pair.right_entity = 'episode' and pair.decision = 'match'
),

related as (
    select
        shared.*,
        case
            when not shared.has_component or shared.component_id = shared.leader_id then 'same'
            when above.component_id is null and below.component_id is null then 'siblings'
            else 'path'
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
    together.left_no is not null or related.apart_us <= case
        when related.relation = 'siblings' then -1
        when not related.is_silent and related.alike >= 0.5 then policy.opening_zero_at_us
        when not related.is_silent and related.alike = 0 and related.relation = 'same' and not related.is_one_source
            then least(policy.opening_before_us, 86400000000 // (50 * related.others))
        when not related.is_silent and related.alike = 0
            then least(policy.episode_gap_us, 86400000000 // (200 * related.others))
        when related.relation = 'same' then least(policy.opening_after_us, 86400000000 // (8 * related.others))
        else least(policy.opening_after_us, 86400000000 // (20 * related.others))
    end as is_one_story
from related
cross join run.policy as policy
left join together on related.record_no = together.left_no and related.leader_no = together.right_no
