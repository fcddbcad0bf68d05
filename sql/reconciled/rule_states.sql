-- builds  reconciled.rule_states (working table): one row per monitoring rule, component and unbroken span of one state it delivered
-- reads   monitoring runs, measures
-- rule    R-GR8 measured_by, confirmed_by; empty where no measure asks what single rules say
select
    rule_id,
    component_key as component_id,
    state,
    start_us,
    end_us
from reconciled.monitoring_runs
where (select bool_or(len(measured_by) > 0 or confirmed_by > 1) from run.measures)
