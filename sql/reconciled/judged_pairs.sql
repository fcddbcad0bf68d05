-- builds  reconciled.judged_pairs (working table): one row per two records that were compared, and the verdict that stands
-- reads   pairs with the verdict of their score, those in doubt, references, duplicates, reviews by people
-- rule    4.1 steps 2 and 6: a person outranks a reference, a reference a duplicate, a duplicate the score. A reference that cannot be, or
--         could be several, is for review. Rules: RC-M1 score, RC-M1 mutual best, reference, RC-D6, review. `is_automatic_match`: what would
--         stand without people
with scored as (
    select
        least(pair.left_no, pair.right_no) as left_no,
        greatest(pair.left_no, pair.right_no) as right_no,
        4 as turn,
        pair.score,
        json_object(
            'component', pair.component::varchar,
            'opening', pair.opening::varchar,
            'overlap', pair.overlap::varchar,
            'start_proximity', pair.start_proximity::varchar,
            'text_or_cause', pair.text_or_cause::varchar
        ) as features,
        if(doubtful.left_no is null, pair.decision, 'review') as decision,
        pair.rule
    from reconciled.pair_verdicts as pair
    left join reconciled.doubtful_pairs as doubtful on pair.left_no = doubtful.left_no and pair.right_no = doubtful.right_no
),

referred as (
    select
        record_no,
        unnest(target_nos) as to_no,
        field,
        verdict
    from reconciled.reference_links
),

-- what could be meant is for review, unless the records match without it
references_judged as (
    select
        least(record_no, to_no) as left_no,
        greatest(record_no, to_no) as right_no,
        bool_or(verdict = 'match') as is_match,
        bool_and(verdict = 'ambiguous') as is_ambiguous,
        json_object('reference', string_agg(distinct field, ',' order by field)) as features
    from referred
    group by least(record_no, to_no), greatest(record_no, to_no)
),

matched as (
    select left_no, right_no from scored
    where decision = 'match'
    union
    select left_no, right_no from reconciled.duplicate_pairs
),

verdicts as (
    select left_no, right_no, turn, score, features, decision, if(decision = 'match', rule, 'RC-M1 score') as rule, null as reason, null as decided_at
    from scored
    union all
    select
        left_no, right_no, 3 as turn, 1 as score, json_object('overlap', overlap::varchar) as features, 'match' as decision, 'RC-D6' as rule,
        null as reason, null as decided_at
    from reconciled.duplicate_pairs
    union all
    select
        referred.left_no,
        referred.right_no,
        2 as turn,
        if(referred.is_match, 1, 0) as score,
        referred.features,
        if(referred.is_match, 'match', 'review') as decision,
        'reference' as rule,
        null as reason,
        null as decided_at
    from references_judged as referred
    left join matched on referred.left_no = matched.left_no and referred.right_no = matched.right_no
    where not referred.is_ambiguous or matched.left_no is null
    union all
    select left_no, right_no, 1 as turn, null as score, null as features, decision, 'review' as rule, reason, decided_at
    from reconciled.pair_reviews
),

standing as (
    select
        left_no,
        right_no,
        min_by(decision, turn) as decision,
        min_by(rule, turn) as rule,
        min_by(coalesce(features, '{}'::json), (features is null, turn)) as features,
        min_by(coalesce(score, 0), (score is null, turn))::decimal(9, 6) as score,
        min(turn) as turn,
        coalesce(min_by(decision, turn) filter (where turn > 1) = 'match', false) as is_automatic_match,
        max(reason) as reason,
        max(decided_at) as decided_at
    from verdicts
    group by left_no, right_no
)

select
    standing.left_no,
    standing.right_no,
    one.raw_id as left_raw_id,
    other.raw_id as right_raw_id,
    standing.score,
    standing.features,
    standing.rule,
    standing.decision,
    standing.turn,
    standing.is_automatic_match,
    one.entity = 'episode' or other.entity = 'episode' as is_with_episode,
    standing.reason,
    standing.decided_at,
    least(one.start_us, other.start_us) as start_us
from standing
inner join reconciled.records as one on standing.left_no = one.record_no
inner join reconciled.records as other on standing.right_no = other.record_no
