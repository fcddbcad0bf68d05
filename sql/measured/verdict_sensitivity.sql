-- builds  measured.verdict_sensitivity: one row per breach or near miss and kind of change, as tables.yml has it
-- reads   moves of starts and ends of levels (in closed form and probed) and of targets, other readings, requests and severities, members of
--         shares, the policy's tolerance
-- rule    K6. A near miss is met, and one move of a start or an end within the tolerance of sources (policy tolerances.skew_s, inclusive as RC-D5)
--         or another reading of the text turns it. `is_fragile`: such a move turns the verdict
with levels as (
    select
        result.scope_no,
        result.part_no,
        result.result_id,
        result.status,
        if(result.status = 'met', 'breached', result.status_if_met) as flipped_status
    from measured.results as result
    where result.variant = 'headline' and result.status in ('met', 'breached')
),

level_moves as (
    select
        level.result_id as subject_id,
        shift.change_kind,
        shift.change_us,
        null::varchar as change_to,
        level.status,
        if(shift.change_us is null, null, level.flipped_status) as flipped_status
    from (
        from measured.level_shifts
        union all by name
        from measured.probed_shifts
    ) as shift
    inner join levels as level on shift.scope_no = level.scope_no
),

requests as (
    select
        level.result_id as subject_id,
        'exclusion' as change_kind,
        null::bigint as change_us,
        without.reading as change_to,
        level.status,
        without.status as flipped_status
    from levels as level
    inner join measured.results as without on level.part_no = without.part_no and without.variant = 'request'
    where level.status = 'breached' and without.status <> 'breached'
    qualify row_number() over (partition by level.result_id order by without.down_us desc, without.reading) = 1
),

others as (
    select
        level.result_id as subject_id,
        other.reading,
        level.status,
        other.status as flipped_status
    from levels as level
    inner join measured.results as other on level.part_no = other.part_no and other.variant = 'other_reading'
    where other.status <> level.status
    union all
    select
        headline.result_id as subject_id,
        other.reading,
        headline.status,
        other.status as flipped_status
    from measured.attainment_results as headline
    inner join measured.attainment_results as other on headline.part_no = other.part_no and other.variant = 'other_reading'
    where headline.variant = 'headline' and headline.status in ('met', 'breached') and other.status <> headline.status
),

level_readings as (
    select
        subject_id,
        'reading' as change_kind,
        null::bigint as change_us,
        reading as change_to,
        status,
        flipped_status
    from others
    qualify row_number() over (partition by subject_id order by reading) = 1
),

targets as (
    select target.*
    from measured.listed_targets as target
    where target.status in ('met', 'breached', 'breached_open')
    qualify row_number() over (partition by target.target_no order by target.window_start_us desc) = 1
),

target_moves as (
    select
        target.target_no,
        target.target_id as subject_id,
        shift.change_kind,
        shift.change_us,
        null::varchar as change_to,
        target.status,
        case target.status when 'met' then 'breached' when 'breached' then 'met' else 'running' end as flipped_status
    from measured.target_shifts as shift
    inner join targets as target on shift.target_no = target.target_no
),

-- of the severities that count by the same hours, the nearest that turns it: a milder one of a miss, a stricter one of a target met
severities as (
    select
        target.target_no,
        target.target_id as subject_id,
        'severity' as change_kind,
        null::bigint as change_us,
        other.severity as change_to,
        target.status,
        case target.status when 'met' then 'breached' when 'breached' then 'met' else 'running' end as flipped_status
    from targets as target
    inner join run.incident_terms as own
        on
            target.contract_version_id = own.contract_version_id
            and target.measure_id = own.measure_id
            and target.severity = own.severity
    inner join run.incident_terms as other
        on
            own.contract_version_id = other.contract_version_id
            and own.measure_id = other.measure_id
            and own.service_hours = other.service_hours
    where
        own.target_us is not null
        and target.severity_change in ('retroactive_strictest', 'final_severity')
        and if(
            target.status = 'met',
            other.severity < own.severity and target.elapsed_us > other.target_us,
            other.severity > own.severity and target.elapsed_us <= other.target_us
        )
    qualify
        row_number() over (
            partition by target.target_no
            order by if(target.status = 'met', other.severity, null) desc nulls last, other.severity
        ) = 1
),

target_readings as (
    select
        target.target_no,
        target.target_id as subject_id,
        'reading' as change_kind,
        null::bigint as change_us,
        other.reading as change_to,
        target.status,
        other.status as flipped_status
    from targets as target
    inner join measured.target_readings as other on target.target_no = other.target_no
    where other.status <> target.status
    qualify row_number() over (partition by target.target_no order by other.reading) = 1
),

-- a share of incidents in time that one of its targets turns
shares as (
    select
        result.part_no,
        result.result_id,
        result.status,
        if(result.status = 'met', 'breached', 'met') as flipped_status
    from measured.attainment_results as result
    where
        result.variant = 'headline'
        and result.reading = 'default'
        and result.status in ('met', 'breached')
        and (
            reaches(
                result.met + if(result.status = 'met', -1, 1),
                result.judged,
                result.target,
                result.comparator,
                result.round_places,
                result.round_mode
            )
            or coalesce(
                result.judged < result.low_volume_below
                and result.judged - result.met + if(result.status = 'met', 1, -1) <= result.allowed_misses,
                false
            )
        ) is distinct from (result.status = 'met')
),

share_moves as (
    select
        share.result_id as subject_id,
        move.change_kind,
        min(move.change_us) as change_us,
        null::varchar as change_to,
        share.status,
        share.flipped_status
    from shares as share
    inner join measured.attainment_members as member on share.part_no = member.part_no and member.variant = 'headline'
    inner join target_moves as move on member.target_no = move.target_no
    where move.flipped_status = share.flipped_status
    group by share.result_id, share.status, share.flipped_status, move.change_kind
),

changes as (
    select 'sla_result' as subject_kind, *
    from level_moves
    union all by name
    select 'sla_result' as subject_kind, *
    from requests
    union all by name
    select 'sla_result' as subject_kind, *
    from level_readings
    union all by name
    select 'sla_result' as subject_kind, *
    from share_moves
    union all by name
    select 'incident_target' as subject_kind, * exclude (target_no)
    from target_moves
    union all by name
    select 'incident_target' as subject_kind, * exclude (target_no)
    from severities
    union all by name
    select 'incident_target' as subject_kind, * exclude (target_no)
    from target_readings
),

judged as (
    select
        changes.*,
        changes.flipped_status is not null and coalesce(changes.change_us <= policy.skew_us, false) as is_fragile
    from changes
    cross join run.policy as policy
)

select
    subject_kind,
    subject_id,
    change_kind,
    change_us,
    change_to,
    status,
    flipped_status,
    is_fragile
from judged
-- all changes of what was missed, and of what was met but is close
qualify status <> 'met' or bool_or(is_fragile or change_kind = 'reading') over (partition by subject_kind, subject_id)
