-- builds  measured.watch_counts (working table): one row per governed component that a rule watched in the run's period, to be judged by the gate
-- reads   watched and unmeasured time of components, the catalogue, the run
-- rule    DQ-13 continuity: unmeasured of watched time, in microseconds. The verdict says what is unwatched; measuring withholds `met`,
--         measure by measure, as the contract counts that time
with counts as (
    select
        watch.component_id as scope_id,
        watch.watched_us as checked,
        watch.unmeasured_us as failed,
        (watch.unmeasured_us // 60000000) || ' of ' || (watch.watched_us // 60000000) || ' min unmeasured' as observed
    from measured.watched_time as watch
    inner join run.context as context on watch.period = context.period
    semi join staged.service_catalogue as entry on watch.component_id = entry.component_id and entry.sla_governed
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
