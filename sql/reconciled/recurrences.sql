-- builds  reconciled.recurrences (working table): one row per incident that repeats an earlier one
-- reads   bounds and words of incidents
-- rule    section 1 recurrence: same service and cause, occurring within the limit after the earlier one was restored; of several the one
--         restored last before it, ties to the lowest id
with incidents as (
    select
        bounds.incident_id,
        words.service_id,
        words.cause_key,
        bounds.occurred_us,
        bounds.restored_us
    from reconciled.incident_bounds as bounds
    inner join reconciled.incident_words as words on bounds.incident_id = words.incident_id
    inner join reconciled.incident_status as status on bounds.incident_id = status.incident_id
    where words.service_id is not null and words.cause_key is not null and status.status <> 'cancelled'
),

earlier as (
    select
        service_id,
        cause_key,
        restored_us,
        min(incident_id) as incident_id
    from incidents
    where restored_us > occurred_us
    group by service_id, cause_key, restored_us
)

select
    incidents.incident_id,
    earlier.incident_id as recurrence_of
from incidents
asof inner join earlier
    on
        incidents.service_id = earlier.service_id
        and incidents.cause_key = earlier.cause_key
        and incidents.occurred_us >= earlier.restored_us
cross join run.policy as policy
where incidents.occurred_us - earlier.restored_us <= policy.recurrence_us
