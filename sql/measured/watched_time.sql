-- builds  measured.watched_time (working table): one row per window and component on which a rule delivered samples: time watched, and of it
--         unmeasured
-- reads   monitoring rules that deliver samples, unmeasured intervals, the windows of metrics
-- rule    R-GR8, M-14: the time in which a rule was active, each instant once, within the window and up to as_of
with spans as (
    select
        span.period,
        epoch_us(span.start_at) as start_us,
        epoch_us(least(span.end_at, context.as_of)) as end_us
    from run.metric_windows as span
    cross join run.context as context
),

active as (
    select
        span.period,
        rule.component_id,
        greatest(epoch_us(rule.active_from), span.start_us) as start_us,
        least(coalesce(epoch_us(rule.active_to), span.end_us), span.end_us) as end_us
    from staged.monitoring_rule as rule
    semi join reconciled.sampled_rules as runs on rule.rule_id = runs.rule_id
    cross join spans as span
),

reached as (
    select
        *,
        max(end_us) over (
            partition by period, component_id
            order by start_us, end_us
            rows between unbounded preceding and 1 preceding
        ) as reached_us
    from active
    where start_us < end_us
),

watched as (
    select
        period,
        component_id,
        sum(greatest(end_us - greatest(start_us, coalesce(reached_us, start_us)), 0))::bigint as watched_us
    from reached
    group by period, component_id
),

unmeasured as (
    select
        span.period,
        gap.component_id,
        sum(least(epoch_us(gap.end_at), span.end_us) - greatest(epoch_us(gap.start_at), span.start_us))::bigint as unmeasured_us
    from reconciled.unmeasured_intervals as gap
    inner join spans as span on epoch_us(gap.start_at) < span.end_us and epoch_us(gap.end_at) > span.start_us
    group by span.period, gap.component_id
)

select
    watched.period,
    watched.component_id,
    watched.watched_us,
    coalesce(unmeasured.unmeasured_us, 0) as unmeasured_us
from watched
left join unmeasured on watched.period = unmeasured.period and watched.component_id = unmeasured.component_id
