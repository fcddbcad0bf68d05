-- builds  reconciled.component_coverage (working table): one row per incident and component hit: how much of the incident was measured there
-- reads   components and bounds of incidents, measured states
-- rule    RC-P1: measured = up, degraded or down by any rule, over [occurred, restored); alerts give no coverage. An open incident is looked at
--         until the component's samples were extracted, at most as_of: what came later nobody could know
with looked_until as (
    select
        component_key,
        max(extracted_us) as until_us
    from reconciled.monitoring_runs
    group by component_key
),

spans as (
    select
        component.incident_id,
        component.component_id,
        component.is_monitored,
        component.is_alerted,
        component.is_ticketed,
        component.is_vendored,
        bounds.occurred_us as start_us,
        greatest(
            bounds.occurred_us,
            coalesce(bounds.restored_us, least(epoch_us(context.as_of), coalesce(looked_until.until_us, epoch_us(context.as_of))))
        ) as end_us
    from reconciled.incident_components as component
    inner join reconciled.incident_bounds as bounds on component.incident_id = bounds.incident_id
    left join looked_until on component.component_id = looked_until.component_key
    cross join run.context as context
),

until_start as (
    select
        spans.*,
        coalesce(state.measured_before_us + least(spans.start_us, state.end_us) - state.start_us, 0) as before_start_us
    from spans
    asof left join reconciled.component_states as state
        on spans.component_id = state.component_key and spans.start_us >= state.start_us
),

until_end as (
    select
        until_start.*,
        coalesce(state.measured_before_us + least(until_start.end_us, state.end_us) - state.start_us, 0) as before_end_us
    from until_start
    asof left join reconciled.component_states as state
        on until_start.component_id = state.component_key and until_start.end_us >= state.start_us
)

select
    until_end.incident_id,
    until_end.component_id,
    until_end.is_monitored,
    until_end.is_alerted,
    until_end.is_ticketed,
    until_end.is_vendored,
    until_end.start_us,
    until_end.end_us,
    until_end.before_end_us - until_end.before_start_us as measured_us,
    until_end.end_us > until_end.start_us
    and share6(until_end.before_end_us - until_end.before_start_us, greatest(until_end.end_us - until_end.start_us, 1))
    >= policy.interval_coverage as is_covered
from until_end
cross join run.policy as policy
