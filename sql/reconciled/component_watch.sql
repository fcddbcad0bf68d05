-- builds  reconciled.component_watch (working table): one row per component on which a rule delivered samples: time watched, and of it unmeasured
-- reads   monitoring rules that deliver samples, unmeasured intervals
-- rule    R-GR8: the time in which a rule was active, each instant once, within the period and up to as_of
with active as (
    select
        rule.component_id,
        greatest(epoch_us(rule.active_from), epoch_us(context.period_start_at)) as start_us,
        least(
            coalesce(epoch_us(rule.active_to), epoch_us(context.period_end_at)), epoch_us(context.period_end_at), epoch_us(context.as_of)
        ) as end_us
    from staged.monitoring_rule as rule
    semi join reconciled.monitoring_runs as runs on rule.rule_id = runs.rule_id
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
)

select
    watched.component_id,
    watched.watched_us,
    coalesce(unmeasured.unmeasured_us, 0) as unmeasured_us
from watched
left join unmeasured on watched.component_id = unmeasured.component_id
