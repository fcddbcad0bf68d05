-- builds  reconciled.gate_counts (working table): one row per governed component that a rule watched in the period, to be judged by the gate
-- reads   monitoring rules that deliver samples, unmeasured intervals, the catalogue
-- rule    DQ-13 continuity: unmeasured time of the time in which a rule was active, in microseconds, up to as_of (R-GR8). The verdict says
--         what is unwatched; measuring withholds `met`, measure by measure, as the contract counts that time
with active as (
    select
        rule.component_id,
        greatest(epoch_us(rule.active_from), epoch_us(context.period_start_at)) as start_us,
        least(
            coalesce(epoch_us(rule.active_to), epoch_us(context.period_end_at)), epoch_us(context.period_end_at), epoch_us(context.as_of)
        ) as end_us
    from staged.monitoring_rule as rule
    semi join reconciled.monitoring_runs as runs on rule.rule_id = runs.rule_id
    semi join staged.service_catalogue as entry on rule.component_id = entry.component_id and entry.sla_governed
    cross join run.context as context
),

reached as (
    select
        *,
        max(end_us) over (
            partition by component_id
            order by start_us, end_us
            rows between unbounded preceding and 1 preceding
        ) as reached_us
    from active
    where start_us < end_us
),

watched as (
    select
        component_id,
        sum(greatest(end_us - greatest(start_us, coalesce(reached_us, start_us)), 0))::bigint as watched_us
    from reached
    group by component_id
),

unmeasured as (
    select
        span.component_id,
        sum(
            greatest(
                least(epoch_us(span.end_at), epoch_us(context.period_end_at), epoch_us(context.as_of))
                - greatest(epoch_us(span.start_at), epoch_us(context.period_start_at)),
                0
            )
        )::bigint as unmeasured_us
    from reconciled.unmeasured_intervals as span
    cross join run.context as context
    group by span.component_id
),

counts as (
    select
        watched.component_id as scope_id,
        watched.watched_us as checked,
        coalesce(unmeasured.unmeasured_us, 0) as failed,
        (coalesce(unmeasured.unmeasured_us, 0) // 60000000) || ' of ' || (watched.watched_us // 60000000) || ' min unmeasured' as observed
    from watched
    left join unmeasured on watched.component_id = unmeasured.component_id
)

select
    context.period,
    'DQ-13' as rule_id,
    '-' as source_system,
    'monitoring_sample' as entity,
    coalesce(counts.scope_id, '-') as scope_id,
    coalesce(counts.checked, 0) as checked,
    coalesce(counts.failed, 0) as failed,
    0 as doubtful,
    coalesce(counts.observed, 'nothing to check') as observed
from run.context as context
left join counts on true
