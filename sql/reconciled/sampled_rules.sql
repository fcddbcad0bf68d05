-- builds  reconciled.sampled_rules (working table): one row per rule that delivered samples
-- reads   runs of monitoring samples
-- rule    R-GR8: a rule that never delivered one has no unmeasured time
select distinct rule_id
from reconciled.monitoring_runs
