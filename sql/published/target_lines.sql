-- builds  published.target_lines (working table): one row per target that needs a reader: missed, running, or met so closely that the tolerance of
--         sources or an open dispute would turn it; `place` counts them, the worst first
-- reads   incident targets, what would turn them, names, contract versions
-- rule    R-CL3 elapsed <= target is met; K6 a near miss is met, and a move within the sources' tolerance turns it: the smallest is told
with turns as (
    select
        subject_id,
        change_kind,
        change_us
    from measured.verdict_sensitivity
    where subject_kind = 'incident_target' and status = 'met' and is_fragile and change_us is not null
    qualify row_number() over (partition by subject_id order by change_us, change_kind) = 1
),

told as (
    select
        target.*,
        turn.change_kind,
        turn.change_us
    from measured.incident_targets as target
    left join turns as turn on target.target_id = turn.subject_id
    where
        target.status in ('breached', 'breached_open', 'running')
        or turn.subject_id is not null
        or coalesce(target.status_if_counted in ('breached', 'breached_open'), false)
)

select
    row_number() over (
        order by
            list_position(['breached_open', 'breached', 'running', 'met'], told.status) nulls last,
            told.consumed_pct desc,
            told.over_us desc,
            told.target_id
    ) as place,
    told.target_id,
    told.incident_id,
    told.ticket_key,
    told.contract_version_id,
    told.measure_id,
    told.kind,
    told.severity,
    coalesce(names.name, told.service_id) as service_name,
    coalesce(version.timezone, 'UTC') as timezone,
    told.due_at,
    told.target_us,
    told.elapsed_us,
    told.paused_us,
    told.closed_us,
    told.over_us,
    told.status,
    told.status_if_counted,
    told.decided_by,
    told.service_hours,
    told.flags,
    told.change_kind,
    told.change_us
from told
left join published.catalogue_names as names on told.service_id = names.component_id
left join run.contract_versions as version on told.contract_version_id = version.contract_version_id
