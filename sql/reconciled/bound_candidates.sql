-- builds  reconciled.bound_candidates (working table): one row per incident, bound (occurred_at, restored_at) and record that says when, ranked
-- reads   what records say of both bounds
-- rule    RC-P2, RC-D8: what a person set outranks all, unless the end would stand before the start: then it does not stand (place 90), and the
--         incident keeps the span that its records say; an outage is not erased by a slip of a date
with set_by_hand as (
    select distinct incident_id
    from reconciled.stated_bounds
    where place = 0
),

firsts as (
    select
        stated.incident_id,
        stated.field,
        stated.at_us
    from reconciled.stated_bounds as stated
    semi join set_by_hand on stated.incident_id = set_by_hand.incident_id
    where stated.place < 90
    qualify
        row_number() over (
            partition by stated.incident_id, stated.field
            order by stated.place, stated.turn, if(stated.field = 'occurred_at', stated.at_us, -stated.at_us), stated.raw_id, stated.rule_id
        ) = 1
),

inverted as (
    select occurred.incident_id
    from firsts as occurred
    inner join firsts as restored on occurred.incident_id = restored.incident_id and restored.field = 'restored_at'
    where occurred.field = 'occurred_at' and restored.at_us < occurred.at_us
)

select
    stated.incident_id,
    stated.field,
    if(inverted.incident_id is null or stated.place > 0, stated.place, 90) as place,
    stated.turn,
    stated.at_us,
    stated.raw_id,
    if(inverted.incident_id is null or stated.place > 0, stated.rule_id, 'override_ends_before_start') as rule_id
from reconciled.stated_bounds as stated
left join inverted on stated.incident_id = inverted.incident_id
