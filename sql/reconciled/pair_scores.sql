-- builds  reconciled.pair_scores (working table): one row per candidate pair, with its features and score
-- reads   candidate pairs, records, standings of tickets and vendor records
-- rule    RC-M1; features are rounded half-up at six decimals, then the score. Where a side has no text, likeness is 0.5: unknown is neither
--         like nor unlike. `by_chance`: how many records about something else chance brings as near; null for a pair with an episode
with features as (
    select
        pair.left_no,
        pair.right_no,
        one.entity as left_entity,
        other.entity as right_entity,
        one.start_us as left_start_us,
        other.start_us as right_start_us,
        one.raw_id as left_raw_id,
        other.raw_id as right_raw_id,
        one.opening_us >= other.start_us - policy.widen_us as is_left_later,
        overlap_share(one.start_us, one.end_us, other.start_us, other.end_us) as overlap,
        falling(
            if(
                one.opening_us >= other.opening_us,
                outside_us(one.opening_us, other.start_us, other.end_us, policy.opening_before_us, policy.opening_after_us),
                outside_us(other.opening_us, one.start_us, one.end_us, policy.opening_before_us, policy.opening_after_us)
            ),
            policy.opening_zero_at_us
        ) as opening,
        falling(abs(one.start_us - other.start_us), policy.start_proximity_zero_at_us) as start_proximity,
        worth_of_relation(
            pair.relation, policy.relation_same, policy.relation_parent_child, policy.relation_no_component,
            policy.relation_shared_dependency, policy.relation_none
        ) as component,
        if(lower(one.cause) = lower(other.cause), 1::decimal(9, 6), likeness(one.words, other.words)) as text_or_cause,
        if(
            other.entity = 'episode',
            null,
            by_chance(
                greatest(mine.others, theirs.others), abs(one.start_us - other.start_us), policy.chance_nearest_us, policy.chance_window_us,
                worth_of_words(
                    lower(one.cause) = lower(other.cause), mine.words, theirs.words,
                    policy.words_half, policy.words_some, policy.words_none, policy.words_unknown
                )
                * worth_of_relation(
                    pair.relation, policy.components_same, policy.components_parent_child, policy.components_no_component,
                    policy.components_shared_dependency, policy.components_none
                )
                * worth_of_ends(
                    mine.end_us, theirs.end_us,
                    policy.ends_near_us, policy.ends_far_us, policy.ends_near, policy.ends_between, policy.ends_far
                )
            )
        ) as by_chance
    from reconciled.candidate_pairs as pair
    inner join reconciled.records as one on pair.left_no = one.record_no
    inner join reconciled.records as other on pair.right_no = other.record_no
    left join reconciled.record_standings as mine on pair.left_no = mine.record_no
    left join reconciled.record_standings as theirs on pair.right_no = theirs.record_no
    cross join run.policy as policy
)

select
    features.*,
    match_score(
        policy.weight_overlap, features.overlap,
        policy.weight_opening, features.opening,
        policy.weight_start_proximity, features.start_proximity,
        policy.weight_component, features.component,
        policy.weight_text_or_cause, features.text_or_cause
    ) as score
from features
cross join run.policy as policy
