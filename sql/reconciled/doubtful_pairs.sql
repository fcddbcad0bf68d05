-- builds  reconciled.doubtful_pairs (working table): one row per ticket or vendor record and episode that match by score, where the record has too
--         little in common with the one the episode matches best
-- reads   pairs with the verdict of their score, leaders of episodes, records, claims, dependency paths, references, duplicates
-- rule    4.1 step 7: on a dense service an episode may have swallowed a neighbour, so sharing it brings two records together only if they tell
--         one story themselves. Siblings do not. Records with some words (or the cause) in common may begin as far apart as a late record
--         opens after an outage; those with other words only within the gap of an episode or, of two sources on one component, as far as a
--         record may open before one. Words that are half the same, a reference or a score of their own need no more
with shared as (
    select
        pair.left_no,
        pair.right_no,
        leader.leader_no,
        abs(one.start_us - other.start_us) as apart_us,
        if(lower(one.cause) = lower(other.cause), 1, likeness(one.words, other.words)) as alike,
        len(one.words) > 0 and len(other.words) > 0 as has_words,
        mine.component_id as left_id,
        theirs.component_id as leader_id,
        mine.has_component and theirs.has_component as has_component
    from reconciled.pair_verdicts as pair
    inner join reconciled.episode_leaders as leader on pair.right_no = leader.episode_no and pair.left_no <> leader.leader_no
    inner join reconciled.records as one on pair.left_no = one.record_no
    inner join reconciled.records as other on leader.leader_no = other.record_no
    inner join reconciled.claims as mine on one.raw_id = mine.raw_id
    inner join reconciled.claims as theirs on other.raw_id = theirs.raw_id
    where pair.right_entity = 'episode' and pair.decision = 'match'
),

related as (
    select
        shared.*,
        case
            when not shared.has_component then 'no_component'
            when shared.left_id = shared.leader_id then 'same'
            when above.component_id is null and below.component_id is null then 'siblings'
            else 'path'
        end as relation
    from shared
    left join reconciled.component_paths as above on shared.left_id = above.ancestor_id and shared.leader_id = above.component_id
    left join reconciled.component_paths as below on shared.leader_id = below.ancestor_id and shared.left_id = below.component_id
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
    related.left_no,
    related.right_no
from related
cross join run.policy as policy
anti join together on related.left_no = together.left_no and related.leader_no = together.right_no
where
    related.relation = 'siblings'
    or related.apart_us > case
        when related.has_words and related.alike >= 0.5 then policy.opening_zero_at_us
        when (not related.has_words or related.alike > 0) and related.relation <> 'path' then policy.opening_after_us
        when not related.has_words or related.alike > 0 then policy.opening_before_us
        when related.relation <> 'path' then policy.episode_gap_us
        else -1
    end
