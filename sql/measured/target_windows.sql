-- builds  measured.target_windows (working table): one row per window, measure of single incidents, service, variant and reading: how many of its
--         targets were met, and which were judged
-- reads   listed targets, their other readings, windows of the run, incidents
-- rule    R-CR8, R-CR9 a measure of single incidents failed in a window if one of its targets was missed; its value is the share of targets met.
--         R-AT1 a target belongs to the window of its outcome; R-DI1 both columns; R-RD1 every reading: where one column judges a target, each
--         has its row, with nothing judged if all of its targets still run
with listed as (
    select
        target.*,
        measure.provider_id
    from measured.listed_targets as target
    inner join run.measures as measure
        on
            target.contract_version_id = measure.contract_version_id
            and target.measure_id = measure.measure_id
            and target.service_id = measure.service_id
    where measure.kind in ('response', 'restore', 'resolve')
),

readings as (
    select distinct
        listed.contract_version_id,
        listed.measure_id,
        listed.service_id,
        listed.window_start_us,
        other.reading
    from listed
    inner join measured.target_readings as other on listed.target_no = other.target_no
),

disputed as (
    select distinct
        contract_version_id,
        measure_id,
        service_id,
        window_start_us
    from listed
    where status_if_counted is not null
),

members as (
    select
        *,
        'headline' as variant,
        'default' as reading,
        status as verdict
    from listed
    union all
    select
        listed.*,
        'if_counted' as variant,
        'default' as reading,
        coalesce(listed.status_if_counted, listed.status) as verdict
    from listed
    semi join disputed
        on
            listed.contract_version_id = disputed.contract_version_id
            and listed.measure_id = disputed.measure_id
            and listed.service_id = disputed.service_id
            and listed.window_start_us = disputed.window_start_us
    union all
    select
        listed.*,
        'other_reading' as variant,
        readings.reading,
        coalesce(other.status, listed.status) as verdict
    from listed
    inner join readings
        on
            listed.contract_version_id = readings.contract_version_id
            and listed.measure_id = readings.measure_id
            and listed.service_id = readings.service_id
            and listed.window_start_us = readings.window_start_us
    left join measured.target_readings as other on listed.target_no = other.target_no and readings.reading = other.reading
),

judged as (
    select
        member.*,
        member.verdict in ('met', 'breached', 'breached_open') as is_judged,
        member.verdict in ('breached', 'breached_open') as is_missed,
        incident.cause_key,
        incident.occurred_at,
        coalesce(incident.restored_at, context.as_of) as restored_at
    from members as member
    inner join reconciled.incidents as incident on member.incident_id = incident.incident_id
    cross join run.context as context
    qualify
        bool_or(is_judged) over (
            partition by member.contract_version_id, member.measure_id, member.service_id, member.window_start_us
        )
),

parts as (
    select
        contract_version_id,
        measure_id,
        service_id,
        window_start_at,
        min(start_at) as start_at,
        max(end_at) as end_at
    from run.windows
    group by contract_version_id, measure_id, service_id, window_start_at
)

select
    row_number() over (
        order by
            judged.contract_version_id, judged.measure_id, judged.service_id, judged.window_start_us, judged.variant, judged.reading
    ) as fact_no,
    dense_rank() over (
        order by judged.contract_version_id, judged.measure_id, judged.service_id, judged.window_start_us
    ) as place,
    judged.contract_id,
    judged.contract_version_id,
    judged.measure_id,
    judged.service_id,
    judged.provider_id,
    judged.period,
    moment(judged.window_start_us) as window_start_at,
    moment(judged.window_end_us) as window_end_at,
    coalesce(part.start_at, moment(judged.window_start_us)) as start_at,
    coalesce(part.end_at, moment(judged.window_end_us)) as part_end_at,
    moment(judged.window_end_us) > context.as_of as is_provisional,
    judged.variant,
    judged.reading,
    count(*) filter (where judged.is_judged and not judged.is_missed) as met,
    count(*) filter (where judged.is_judged) as judged,
    -- where none is judged, those that still run
    coalesce(
        list(judged.target_id order by judged.target_id) filter (where judged.is_judged), list(judged.target_id order by judged.target_id)
    ) as target_ids,
    coalesce(list(judged.incident_id order by judged.target_no) filter (where judged.is_missed), []) as incident_ids,
    coalesce(
        list(distinct judged.cause_key order by judged.cause_key) filter (where judged.is_missed and judged.cause_key is not null), []
    ) as cause_keys,
    bool_or(judged.is_missed and judged.cause_key is null) as has_unknown_cause,
    coalesce(list(judged.occurred_at order by judged.target_no) filter (where judged.is_missed), []) as occurred_ats,
    coalesce(list(judged.restored_at order by judged.target_no) filter (where judged.is_missed), []) as restored_ats
from judged
cross join run.context as context
left join parts as part
    on
        judged.contract_version_id = part.contract_version_id
        and judged.measure_id = part.measure_id
        and judged.service_id = part.service_id
        and judged.window_start_us = epoch_us(part.window_start_at)
group by
    judged.contract_id,
    judged.contract_version_id,
    judged.measure_id,
    judged.service_id,
    judged.provider_id,
    judged.period,
    judged.window_start_us,
    judged.window_end_us,
    part.start_at,
    part.end_at,
    context.as_of,
    judged.variant,
    judged.reading
