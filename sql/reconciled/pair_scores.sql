-- builds  reconciled.pair_scores (working table): one row per candidate pair, with its features and score
-- reads   candidate pairs, records
-- rule    RC-M1; features are rounded half-up at six decimals, then the score. Where a side has no text, likeness is 0.5: unknown is neither
--         like nor unlike
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
        case pair.relation
            when 'same' then policy.relation_same
            when 'parent_child' then policy.relation_parent_child
            when 'no_component' then policy.relation_no_component
            when 'shared_dependency' then policy.relation_shared_dependency
            else policy.relation_none
        end as component,
        if(lower(one.cause) = lower(other.cause), 1::decimal(9, 6), likeness(one.words, other.words)) as text_or_cause
    from reconciled.candidate_pairs as pair
    inner join reconciled.records as one on pair.left_no = one.record_no
    inner join reconciled.records as other on pair.right_no = other.record_no
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
