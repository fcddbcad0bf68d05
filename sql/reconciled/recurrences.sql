-- builds  reconciled.recurrences (working table): one row per incident with a service and a cause key: what it repeats
-- reads   bounds, words and status of incidents, the policy's limit
-- rule    section 1 recurrence, M-03: recurrent = occurred within 90 x 24 h after an earlier one of the same service and cause was restored. Of
--         several the one restored last before it is named, ties to the lowest id; one that was still open then is none, nor is one that began
--         at the same instant. One of no length is an incident like any other
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

moments as (
    select
        incident_id,
        service_id,
        cause_key,
        occurred_us as moment_us,
        1 as turn,
        null as restored
    from incidents
    union all
    select
        incident_id,
        service_id,
        cause_key,
        restored_us as moment_us,
        if(restored_us > occurred_us, 0, 2) as turn,
        struct_pack(restored_us := restored_us, incident_id := incident_id) as restored
    from incidents
    where restored_us is not null
),

preceded as (
    select
        incident_id,
        service_id,
        cause_key,
        moment_us as occurred_us,
        turn,
        last_value(restored ignore nulls) over (
            partition by service_id, cause_key
            order by moment_us asc, turn asc, incident_id desc
            rows between unbounded preceding and current row
        ) as previous
    from moments
)

select
    preceded.incident_id,
    preceded.service_id,
    preceded.cause_key,
    preceded.previous.incident_id as previous_incident_id,
    preceded.occurred_us - preceded.previous.restored_us as gap_us,
    coalesce(preceded.occurred_us - preceded.previous.restored_us <= policy.recurrence_us, false) as is_recurrent
from preceded
cross join run.policy as policy
where preceded.turn = 1
