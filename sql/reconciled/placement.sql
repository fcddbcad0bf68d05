-- builds  reconciled.placement (working table): one row per current ticket, alert and vendor record: where it went
-- reads   tickets, vendor records, alerts in sessions, their series, records of incidents
-- rule    DQ-09 carried on: every accepted row ends in an incident or is listed as an orphan with its reason
with placed as (
    select raw_id, entity, source_system, source_id, null as series_no, null as session_no, null as reason from staged.ticket
    union all
    select
        raw_id, entity, source_system, source_id, null as series_no, null as session_no,
        if(status = 'withdrawn', 'withdrawn', null) as reason
    from staged.vendor_record
    union all
    select
        alert.raw_id, 'alert' as entity, alert.source_system, alert.source_id, alert.series_no, alert.session_no,
        case
            when not alert.is_credible then 'no_impact'
            when session.component_key = '?' || series.component_raw then 'unknown_name'
            else 'no_incident'
        end as reason
    from reconciled.session_alerts as alert
    inner join reconciled.alert_series as series on alert.series_no = series.series_no
    inner join reconciled.alert_sessions as session on alert.series_no = session.series_no and alert.session_no = session.session_no
)

select
    placed.raw_id,
    placed.entity,
    placed.source_system,
    placed.source_id,
    if(coalesce(claim.incident_id, episode.incident_id) is null, 'orphan', 'incident') as placed_as,
    coalesce(claim.incident_id, episode.incident_id) as incident_id,
    if(coalesce(claim.incident_id, episode.incident_id) is null, placed.reason, null) as reason
from placed
left join reconciled.incident_records as claim on placed.raw_id = claim.raw_id and placed.entity = claim.entity
left join reconciled.signal_episodes as signal on placed.series_no = signal.series_no and placed.session_no = signal.session_no
left join reconciled.incident_records as episode on signal.episode_no = episode.episode_no
