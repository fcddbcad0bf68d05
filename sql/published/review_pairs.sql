-- builds  published.review_pairs (working table): one row per pair waiting for a person, with the names of both records
-- reads   match decisions, and the keys by which their sources know the records
-- rule    4.1 step 6: a review pair is unmatched in the headline and listed with its effect if matched
with records as (
    select
        raw_id,
        source_system,
        source_key
    from staged.ticket
    union all
    select
        raw_id,
        source_system,
        source_key
    from staged.vendor_record
    union all
    select
        raw_id,
        source_system,
        source_key
    from staged.alert
)

select
    decision.left_raw_id,
    decision.right_raw_id,
    decision.score,
    decision.rule,
    decision.effect_down_us,
    one.source_system as left_system,
    one.source_key as left_key,
    other.source_system as right_system,
    other.source_key as right_key
from reconciled.match_decisions as decision
left join records as one on decision.left_raw_id = one.raw_id
left join records as other on decision.right_raw_id = other.raw_id
where decision.decision = 'review'
