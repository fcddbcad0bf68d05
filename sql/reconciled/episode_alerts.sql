-- builds  reconciled.episode_alerts (working table): one row per episode with alerts: their raw ids, in order
-- reads   alerts in sessions, signals in episodes
-- rule    tables.yml ids: episode_id
select
    signal.episode_no,
    list(alert.raw_id order by alert.raw_id) as raw_ids,
    list(distinct series.rule_id order by series.rule_id) as rule_ids,
    list(distinct signal.component_key order by signal.component_key) as component_keys,
    min(alert.start_us) as start_us,
    max(alert.end_us) as end_us,
    bool_or(alert.is_open) as is_open,
    count(*) as alerts,
    count(distinct struct_pack(series_no := alert.series_no, session_no := alert.session_no)) as sessions,
    count(*) filter (where alert.is_true_positive) as true_positives,
    max(alert.first_recorded_from) as recorded_from
from reconciled.session_alerts as alert
inner join reconciled.alert_series as series on alert.series_no = series.series_no
inner join reconciled.signal_episodes as signal on alert.series_no = signal.series_no and alert.session_no = signal.session_no
group by signal.episode_no
