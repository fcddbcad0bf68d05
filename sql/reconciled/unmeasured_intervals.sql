-- builds  reconciled.unmeasured_intervals: one row per component and span without measurement, as tables.yml has it
-- reads   monitoring rules, monitoring runs
-- rule    R-GR8: only where an active rule delivers samples, clipped to its active span and as_of; with several rules only where none measured
with expected as (
    select
        rule.component_id,
        rule.rule_id,
        epoch_us(rule.active_from) as start_us,
        least(coalesce(epoch_us(rule.active_to), never_us()), epoch_us(context.as_of)) as end_us
    from staged.monitoring_rule as rule
    semi join reconciled.monitoring_runs as runs on rule.rule_id = runs.rule_id
    cross join run.context as context
    where epoch_us(rule.active_from) < least(coalesce(epoch_us(rule.active_to), never_us()), epoch_us(context.as_of))
),

spans as (
    select component_id, start_us, end_us, 1 as expected, 0 as measured, 0 as no_data, 0 as paused from expected
    union all
    select
        component_key as component_id,
        start_us,
        end_us,
        0 as expected,
        (state in ('up', 'degraded', 'down'))::integer as measured,
        (state = 'no_data')::integer as no_data,
        (state = 'paused')::integer as paused
    from reconciled.monitoring_runs
),

edges as (
    select component_id, start_us as edge_us, expected, measured, no_data, paused from spans
    union all
    select component_id, end_us as edge_us, -expected as expected, -measured as measured, -no_data as no_data, -paused as paused from spans
),

steps as (
    select
        component_id,
        edge_us,
        sum(expected) as expected,
        sum(measured) as measured,
        sum(no_data) as no_data,
        sum(paused) as paused,
        bool_or(expected <> 0) as is_rule_change
    from edges
    group by component_id, edge_us
),

pieces as (
    select
        component_id,
        edge_us as start_us,
        lead(edge_us) over so_far as end_us,
        is_rule_change,
        sum(expected) over so_far > 0 and sum(measured) over so_far = 0 as is_unmeasured,
        case
            when sum(no_data) over so_far > 0 then 'no_data'
            when sum(paused) over so_far > 0 then 'paused'
            else 'gap'
        end as cause
    from steps
    window so_far as (partition by component_id order by edge_us)
),

marked as (
    select
        pieces.*,
        (
            is_rule_change or lag(end_us) over by_time is distinct from start_us or lag(cause) over by_time is distinct from cause
        )::bigint as begins_span
    from pieces
    where is_unmeasured and end_us is not null
    window by_time as (partition by component_id order by start_us)
),

numbered as (
    select
        marked.*,
        sum(begins_span) over (partition by component_id order by start_us) as span_no
    from marked
),

merged as (
    select
        component_id,
        cause,
        min(start_us) as start_us,
        max(end_us) as end_us
    from numbered
    group by component_id, cause, span_no
)

select
    merged.component_id,
    moment(merged.start_us) as start_at,
    moment(merged.end_us) as end_at,
    merged.cause,
    list(distinct expected.rule_id order by expected.rule_id) as rule_ids
from merged
inner join expected
    on
        merged.component_id = expected.component_id
        and merged.start_us >= expected.start_us
        and merged.end_us <= expected.end_us
group by merged.component_id, merged.start_us, merged.end_us, merged.cause
