-- builds  reconciled.incident_runs (working table): one row per impaired monitoring run of an incident
-- reads   records of incidents, signals, impaired runs
-- rule    RC-P1: every down state, however short, is part of the incident its episode is in
select
    member.incident_id,
    run.component_key,
    run.source_system,
    run.rule_id,
    run.state,
    run.affected_fraction,
    run.start_us,
    run.end_us,
    run.extracted_us,
    run.is_independent,
    run.raw_id,
    run.last_raw_id
from reconciled.incident_records as member
inner join reconciled.signal_episodes as signal on member.episode_no = signal.episode_no
inner join reconciled.impaired_runs as run on signal.run_raw_id = run.raw_id
