-- builds  reconciled.signals (working table): one row per alert session or impaired monitoring run, on its component
-- reads   alert sessions, impaired runs
-- rule    4.1 step 3, and the same for monitoring: two runs with a recovery shorter than the confirmation time are one disturbance (E133)
select
    component_key,
    start_us,
    end_us,
    end_us + policy.episode_gap_us as reach_us,
    series_no,
    session_no,
    null as run_raw_id
from reconciled.alert_sessions
cross join run.policy as policy
union all
select
    component_key,
    start_us,
    end_us,
    end_us + greatest(policy.episode_gap_us, policy.restore_confirmation_us - 1) as reach_us,
    null as series_no,
    null as session_no,
    raw_id as run_raw_id
from reconciled.impaired_runs
cross join run.policy as policy
