-- builds  reconciled.incident_bounds (working table): one row per incident: when it occurred and when it was restored, and who says so
-- reads   ranked candidates of both bounds, records of incidents
-- rule    4.2; of several records of one rank the earliest start and, by rank of their tickets, end. A null end is still open at as_of
with winners as (
    select
        incident_id,
        field,
        at_us,
        raw_id,
        rule_id,
        place
    from reconciled.bound_candidates
    where place < 90
    qualify
        row_number() over (
            partition by incident_id, field
            order by place, turn, if(field = 'occurred_at', at_us, -at_us), raw_id, rule_id
        ) = 1
),

incidents as (
    select distinct incident_id
    from reconciled.incident_records
)

select
    incidents.incident_id,
    occurred.at_us as occurred_us,
    occurred.raw_id as occurred_raw_id,
    occurred.rule_id as occurred_rule_id,
    occurred.place = 0 as is_occurred_set,
    restored.at_us as restored_us,
    restored.raw_id as restored_raw_id,
    restored.rule_id as restored_rule_id,
    coalesce(restored.place = 0, false) as is_restored_set,
    occurred.place = 50 or coalesce(restored.place between 40 and 50, false) as is_fallback
from incidents
inner join winners as occurred on incidents.incident_id = occurred.incident_id and occurred.field = 'occurred_at'
left join winners as restored on incidents.incident_id = restored.incident_id and restored.field = 'restored_at'
