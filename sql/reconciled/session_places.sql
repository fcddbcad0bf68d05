-- builds  reconciled.session_places (working table): one row per alert session, with the part it plays in its episode
-- reads   alert sessions, their series, signals in episodes, records of incidents
-- rule    4.1 step 3. `place`: `first` = the session its episode began with; `echo` = the first session on another component of the episode,
--         which hangs together with it along dependency paths; `again` = a later session on a component that was heard before.
--         `rules`: how many rules fired in the episode. `is_flapping`: one series fired and cleared so often that its alerts are one session
with sessions as (
    select
        session.series_no,
        session.session_no,
        series.rule_id,
        session.component_key,
        session.start_us,
        session.end_us,
        session.alerts,
        session.raw_id,
        signal.episode_no
    from reconciled.alert_sessions as session
    inner join reconciled.alert_series as series on session.series_no = series.series_no
    inner join reconciled.signal_episodes as signal on session.series_no = signal.series_no and session.session_no = signal.session_no
),

episodes as (
    select
        episode_no,
        count(distinct rule_id) as rules
    from sessions
    group by episode_no
),

ordered as (
    select
        sessions.*,
        row_number() over (partition by episode_no order by start_us, raw_id) as place_no,
        row_number() over (partition by episode_no, component_key order by start_us, raw_id) as component_place_no
    from sessions
)

select
    ordered.series_no,
    ordered.session_no,
    ordered.rule_id,
    ordered.component_key,
    ordered.start_us,
    ordered.end_us,
    ordered.alerts,
    ordered.alerts >= policy.flapping_alerts as is_flapping,
    case when ordered.place_no = 1 then 'first' when ordered.component_place_no = 1 then 'echo' else 'again' end as place,
    ordered.episode_no,
    episodes.rules,
    member.incident_id
from ordered
inner join episodes on ordered.episode_no = episodes.episode_no
left join reconciled.incident_records as member on ordered.episode_no = member.episode_no
cross join run.policy as policy
