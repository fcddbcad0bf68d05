-- builds  measured.attainment_members (working table): one row per share of incidents in time, variant, reading and target that it counts
-- reads   parts of attainment, listed targets, their other readings, the run
-- rule    R-AT1 a target belongs to the part of its outcome, a running one to the last; R-DI1 both columns; R-RD1 every reading
with members as (
    select
        part.part_no,
        target.target_no,
        target.incident_id,
        target.status,
        target.status_if_counted
    from measured.listed_targets as target
    inner join measured.attainment_parts as part
        on
            target.contract_id = part.contract_id
            and target.measure_id = part.measure_id
            and target.service_id = part.service_id
            and target.window_start_us = epoch_us(part.window_start_at)
            and if(target.status = 'running', epoch_us(part.part_end_at) - 1, target.outcome_us) >= epoch_us(part.start_at)
            and if(target.status = 'running', epoch_us(part.part_end_at) - 1, target.outcome_us) < epoch_us(part.part_end_at)
            and (target.status <> 'running' or part.part_end_at = part.window_end_at)
),

readings as (
    select distinct
        members.part_no,
        other.reading
    from members
    inner join measured.target_readings as other on members.target_no = other.target_no
),

disputed as (
    select distinct part_no
    from members
    where status_if_counted is not null
)

select
    part_no,
    'headline' as variant,
    'default' as reading,
    target_no,
    incident_id,
    status
from members
union all
select
    members.part_no,
    'if_counted' as variant,
    'default' as reading,
    members.target_no,
    members.incident_id,
    coalesce(members.status_if_counted, members.status) as status
from members
semi join disputed on members.part_no = disputed.part_no
union all
select
    members.part_no,
    'other_reading' as variant,
    readings.reading,
    members.target_no,
    members.incident_id,
    coalesce(other.status, members.status) as status
from members
inner join readings on members.part_no = readings.part_no
left join measured.target_readings as other on members.target_no = other.target_no and readings.reading = other.reading
