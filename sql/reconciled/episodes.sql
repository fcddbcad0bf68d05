-- builds  reconciled.episodes (working table): one row per episode of alerts and impaired monitoring runs
-- reads   signals in episodes, alert sessions, impaired runs
-- rule    4.1 steps 3 and 7: an episode stands in match_decisions as the smallest raw_id of its alerts, without alerts as the smallest of its
--         runs. `is_down`, `is_degraded`: monitoring saw it so
with parts as (
    select
        signal.episode_no,
        signal.component_key,
        session.start_us,
        session.end_us,
        session.is_open,
        session.alerts,
        session.true_positives,
        session.raw_id as alert_raw_id,
        null as run_raw_id,
        (session.first_recorded_from, session.first_raw_id) as founder,
        false as is_down,
        false as is_degraded
    from reconciled.signal_episodes as signal
    inner join reconciled.alert_sessions as session on signal.series_no = session.series_no and signal.session_no = session.session_no
    union all
    select
        signal.episode_no,
        signal.component_key,
        run.start_us,
        run.end_us,
        false as is_open,
        0 as alerts,
        0 as true_positives,
        null as alert_raw_id,
        run.raw_id as run_raw_id,
        (run.first_recorded_from, run.first_raw_id) as founder,
        run.state = 'down' as is_down,
        run.state = 'degraded' as is_degraded
    from reconciled.signal_episodes as signal
    inner join reconciled.impaired_runs as run on signal.run_raw_id = run.raw_id
),

episodes as (
    select
        episode_no,
        coalesce(min(alert_raw_id), min(run_raw_id)) as raw_id,
        min(founder) as founder,
        min(start_us) as start_us,
        max(end_us) as end_us,
        bool_or(is_open) as is_open,
        sum(alerts)::bigint as alerts,
        count(alert_raw_id) as sessions,
        sum(true_positives)::bigint as true_positives,
        bool_or(is_down) as is_down,
        bool_or(is_degraded) as is_degraded,
        list(distinct component_key order by component_key) as component_keys
    from parts
    group by episode_no
)

select
    episode_no,
    raw_id,
    founder[1] as first_recorded_from,
    founder[2] as first_raw_id,
    start_us,
    end_us,
    is_open,
    alerts,
    sessions,
    true_positives,
    is_down,
    is_degraded,
    component_keys
from episodes
