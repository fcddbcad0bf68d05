-- builds  reconciled.alert_sessions (working table): one row per alert session, on its component
-- reads   alerts in sessions, their series, names of the catalogue
-- rule    DOMAIN 4.1 step 3; `component_key` is the component's id, or ? and the name as written where the catalogue knows none
with sessions as (
    select
        series_no,
        session_no,
        min(start_us) as start_us,
        max(end_us) as end_us,
        bool_or(is_open) as is_open,
        count(*) as alerts,
        count(*) filter (where is_true_positive) as true_positives,
        min(raw_id) as raw_id,
        min((first_recorded_from, first_raw_id)) as founder,
        min((start_us, raw_id)) filter (where is_credible) as first_credible
    from reconciled.session_alerts
    group by series_no, session_no
),

named as (
    select
        sessions.*,
        series.component_raw
    from sessions
    inner join reconciled.alert_series as series on sessions.series_no = series.series_no
)

select
    named.series_no,
    named.session_no,
    coalesce(if(names.start_us <= named.end_us, names.component_id, null), '?' || named.component_raw) as component_key,
    named.start_us,
    named.end_us,
    named.is_open,
    named.alerts,
    named.true_positives,
    named.raw_id,
    named.founder[1] as first_recorded_from,
    named.founder[2] as first_raw_id,
    named.first_credible[1] as first_credible_us,
    named.first_credible[2] as first_credible_raw_id
from named
asof left join reconciled.name_spans as names on named.component_raw = names.name and named.start_us < names.end_us
