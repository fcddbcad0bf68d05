-- builds  measured.waived_hours (working table): one row per scope of a waiver and clock hour of UTC whose charge falls away
-- reads   counted runs, the parts and their measures
-- rule    R-GR7 (E61): more unavailable time in a clock hour than its minutes, as the comparator says
with hours as (
    select
        run.scope_no,
        measure.waived_minutes * 60000000 as limit_us,
        measure.waived_comparator as comparator,
        run.counted_from_us,
        run.counted_until_us,
        unnest(range(run.counted_from_us // 3600000000, (run.counted_until_us - 1) // 3600000000 + 1)) as hour_no
    from measured.counted_runs as run
    inner join measured.scopes as scope on run.scope_no = scope.scope_no
    inner join measured.parts as part on scope.part_no = part.part_no
    inner join run.measures as measure
        on
            part.contract_version_id = measure.contract_version_id
            and part.measure_id = measure.measure_id
            and part.service_id = measure.service_id
    where part.kind = 'waiver'
),

down as (
    select
        scope_no,
        hour_no,
        limit_us,
        comparator,
        sum(
            least(counted_until_us, (hour_no + 1) * 3600000000) - greatest(counted_from_us, hour_no * 3600000000)
        )::bigint as down_us
    from hours
    group by scope_no, hour_no, limit_us, comparator
)

select
    scope_no,
    hour_no * 3600000000 as start_us,
    (hour_no + 1) * 3600000000 as end_us,
    down_us
from down
where down_us > limit_us or (comparator = 'gte' and down_us = limit_us)
