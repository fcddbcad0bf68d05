-- builds  reconciled.impaired_runs (working table): one row per monitoring run that was down or degraded, with the samples that bound it
-- reads   monitoring runs, the samples at their ends
-- rule    2.3 incident_members: a run stands among the members as its first sample; the last one fixed its end
select
    runs.source_system,
    runs.rule_id,
    runs.component_key,
    runs.state,
    runs.affected_fraction,
    runs.start_us,
    runs.end_us,
    runs.extracted_us,
    runs.is_independent,
    first.raw_id,
    first.source_key,
    first.recorded_from,
    coalesce(superseded.first_raw_id, first.raw_id) as first_raw_id,
    coalesce(superseded.first_recorded_from, first.recorded_from) as first_recorded_from,
    last.raw_id as last_raw_id
from reconciled.monitoring_runs as runs
inner join staged.monitoring_sample as first
    on
        runs.source_system = first.source_system
        and runs.rule_id = first.rule_id
        and runs.component_raw = first.component_raw
        and runs.start_us = epoch_us(first.start_at)
        and runs.state = first.state
        and runs.affected_fraction is not distinct from first.affected_fraction
inner join staged.monitoring_sample as last
    on
        runs.source_system = last.source_system
        and runs.rule_id = last.rule_id
        and runs.component_raw = last.component_raw
        and runs.end_us = epoch_us(last.end_at)
        and runs.state = last.state
        and runs.affected_fraction is not distinct from last.affected_fraction
left join reconciled.superseded as superseded
    on
        superseded.entity = 'monitoring_sample'
        and runs.source_system = superseded.source_system
        and first.source_key = superseded.source_key
where runs.state in ('down', 'degraded')
qualify
    row_number() over (
        partition by runs.source_system, runs.rule_id, runs.component_raw, runs.start_us, runs.state, runs.affected_fraction
        order by first.raw_id, last.raw_id
    ) = 1
