-- builds  reconciled.pause_faults (working table): one row per claimed pause that a contract allows and that is not evidenced from its start on
-- reads   pauses, tickets of incidents, ticket history, requests that customers could see
-- rule    R-PA2, RC-D9: the part before the first request that the customer could see stops no clock
with unproved as (
    select
        pause.incident_id,
        pause.ticket_key,
        pause.reason,
        epoch_us(pause.start_at) as start_us,
        coalesce(request.sent_us, epoch_us(pause.end_at)) as proved_us
    from reconciled.pause_intervals as pause
    left join reconciled.customer_requests as request on pause.evidence_raw_id = request.raw_id
    where
        pause.status in ('supported', 'unsupported')
        and (request.sent_us is null or request.sent_us > epoch_us(pause.start_at))
)

select
    'RC-D9' as rule_id,
    'PAUSE_UNSUPPORTED' as type,
    unproved.incident_id,
    change.source_system,
    [change.raw_id] as raw_ids,
    'state' as field,
    unproved.reason || ' from ' || instant_text(moment(unproved.start_us))
    || if(unproved.proved_us is null, '', ' to ' || instant_text(moment(unproved.proved_us))) as observed,
    'a request that the customer could see' as expected,
    unproved.proved_us - unproved.start_us as delta_us,
    0::bigint as tolerance_us
from unproved
inner join reconciled.incident_tickets as ticket
    on unproved.incident_id = ticket.incident_id and unproved.ticket_key = ticket.ticket_key
inner join staged.ticket_history as change
    on
        ticket.source_system = change.source_system
        and ticket.ticket_key = change.ticket_key
        and change.field = 'state'
        and lower(change.new) = unproved.reason
        and epoch_us(change.changed_at) = unproved.start_us
