-- builds  reconciled.incident_alerts (working table): one row per incident and component with an alert that is neither false nor transient
-- reads   records of incidents, signals, alert sessions
-- rule    4.2 occurred and detected: the earliest alert of its episodes not dispositioned false_positive or transient_no_impact
select
    member.incident_id,
    signal.component_key,
    min(session.first_credible_us) as start_us,
    min_by(session.first_credible_raw_id, (session.first_credible_us, session.first_credible_raw_id)) as raw_id
from reconciled.incident_records as member
inner join reconciled.signal_episodes as signal on member.episode_no = signal.episode_no
inner join reconciled.alert_sessions as session on signal.series_no = session.series_no and signal.session_no = session.session_no
where session.first_credible_us is not null
group by member.incident_id, signal.component_key
