-- builds  published.review_pairs (working table): one row per pair waiting for a person, with the names of both records, and whether either
--         belongs to an incident that touches the period, or to none
-- reads   match decisions, the keys by which their sources know the records, incidents of both
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
),

members as (
    select
        member.raw_id,
        bool_or(
            incident.occurred_at < context.period_end_at and coalesce(incident.restored_at, context.as_of) >= context.period_start_at
        ) as is_of_period
    from reconciled.incident_members as member
    inner join reconciled.incidents as incident on member.incident_id = incident.incident_id
    cross join run.context as context
    group by member.raw_id
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
    other.source_key as right_key,
    coalesce(here.is_of_period, there.is_of_period, true) or coalesce(there.is_of_period, false) as is_of_period
from reconciled.match_decisions as decision
left join records as one on decision.left_raw_id = one.raw_id
left join records as other on decision.right_raw_id = other.raw_id
left join members as here on decision.left_raw_id = here.raw_id
left join members as there on decision.right_raw_id = there.raw_id
where decision.decision = 'review'
