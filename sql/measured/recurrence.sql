-- builds  measured.recurrence: one row per incident with a cause key, as tables.yml has it
-- reads   reconciled incidents, the policy's limit
-- rule    M-03: recurrent = occurred within 90 x 24 h after an earlier one of the same service and cause was restored. Of several the one
--         restored last before it is named, ties to the lowest id; one that was still open then is none
with incidents as (
    select
        incident_id,
        service_id,
        cause_key,
        epoch_us(occurred_at) as occurred_us,
        epoch_us(restored_at) as restored_us
    from reconciled.incidents
    where cause_key is not null and service_id is not null and status <> 'cancelled'
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
