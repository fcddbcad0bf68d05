-- builds  reconciled.source_spans (working table): one row per incident and source: when it says the outage began and ended
-- reads   tickets and vendor records of incidents, moments of tickets, alerts and down runs of incidents
-- rule    RC-D5. `place` orders sources from people to machines (ticket, vendor, alert, monitoring): a pair is told as the first against the
--         second. A ticket speaks where it states occurred or restored itself; alerts that are still firing have no end
with alerts as (
    select
        member.incident_id,
        alert.source_system,
        min(alert.start_us) as start_us,
        if(bool_or(alert.is_open), null, max(alert.end_us)) as end_us,
        min_by(alert.raw_id, (alert.start_us, alert.raw_id)) as raw_id
    from reconciled.incident_records as member
    inner join reconciled.signal_episodes as signal on member.episode_no = signal.episode_no
    inner join reconciled.session_alerts as alert on signal.series_no = alert.series_no and signal.session_no = alert.session_no
    where alert.is_credible
    group by member.incident_id, alert.source_system
)

select
    ticket.incident_id,
    ticket.source_system,
    1 as place,
    min(ticket.raw_id) as raw_id,
    max(moment.at_us) filter (where moment.field = 'occurred_at') as start_us,
    min_by(moment.at_us, (moment.place, moment.at_us)) filter (where moment.field = 'restored_at') as end_us
from reconciled.incident_tickets as ticket
inner join reconciled.ticket_moments as moment on ticket.raw_id = moment.ticket_raw_id
where ticket.system_rank_no = 1 and moment.field in ('occurred_at', 'restored_at')
group by ticket.incident_id, ticket.source_system
union all
select
    incident_id,
    source_system,
    2 as place,
    min_by(raw_id, (start_us, raw_id)) as raw_id,
    min(start_us) as start_us,
    max(end_us) as end_us
from reconciled.incident_vendor_records
group by incident_id, source_system
union all
select
    incident_id,
    source_system,
    3 as place,
    raw_id,
    start_us,
    end_us
from alerts
union all
select
    incident_id,
    source_system,
    4 as place,
    min_by(raw_id, (start_us, raw_id)) as raw_id,
    min(start_us) as start_us,
    max(end_us) as end_us
from reconciled.incident_runs
where state = 'down'
group by incident_id, source_system
