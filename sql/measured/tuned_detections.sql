-- builds  measured.tuned_detections (working table): one row per rule, way to tune it and incident of the period that would have been told later,
--         or by nobody
-- reads   alerts in sessions, parts that sessions play, tickets of incidents, ways to tune
-- rule    4.2 detected: the first alert that is neither false nor transient, a ticket's detection or opening. `later_us` null: no other signal
with alerts as (
    select
        place.incident_id,
        place.rule_id,
        alert.start_us,
        if(alert.is_open, null, alert.end_us - alert.start_us) as length_us
    from reconciled.session_alerts as alert
    inner join reconciled.session_places as place on alert.series_no = place.series_no and alert.session_no = place.session_no
    inner join reconciled.incidents as incident on place.incident_id = incident.incident_id
    cross join run.context as context
    where
        alert.is_credible
        and incident.status <> 'cancelled'
        and incident.occurred_at >= context.period_start_at
        and incident.occurred_at < context.period_end_at
),

firsts as (
    select
        incident_id,
        rule_id,
        min(start_us) as first_us
    from alerts
    group by incident_id, rule_id
),

tickets as (
    select
        member.incident_id,
        min(least(epoch_us(ticket.opened_at), epoch_us(ticket.detected_at))) as told_us
    from reconciled.incident_members as member
    inner join staged.ticket as ticket on member.raw_id = ticket.raw_id
    where ticket.state <> 'cancelled'
    group by member.incident_id
),

standing as (
    select
        firsts.incident_id,
        firsts.rule_id,
        firsts.first_us,
        min(firsts.first_us) over (
            partition by firsts.incident_id order by firsts.rule_id
            rows between unbounded preceding and unbounded following exclude current row
        ) as other_rule_us,
        tickets.told_us
    from firsts
    left join tickets on firsts.incident_id = tickets.incident_id
),

-- only the rule that told first can be missed; another rule, if there was one, is among the next to tell
leaders as (
    select
        incident_id,
        rule_id,
        first_us,
        least(other_rule_us, told_us) as next_us
    from standing
    where first_us < coalesce(least(other_rule_us, told_us), never_us())
),

held as (
    select
        tuning.rule_id,
        tuning.hold_us,
        alerts.incident_id,
        min(alerts.start_us + tuning.added_us) as tuned_us
    from measured.tuning_options as tuning
    inner join alerts on tuning.rule_id = alerts.rule_id
    where tuning.option = 'hold' and coalesce(alerts.length_us >= tuning.added_us, true)
    group by tuning.rule_id, tuning.hold_us, alerts.incident_id
)

select
    tuning.rule_id,
    tuning.option,
    tuning.hold_us,
    leader.incident_id,
    least(leader.next_us, held.tuned_us) - leader.first_us as later_us
from leaders as leader
inner join measured.tuning_options as tuning on leader.rule_id = tuning.rule_id
left join held
    on tuning.rule_id = held.rule_id and tuning.hold_us = held.hold_us and leader.incident_id = held.incident_id
