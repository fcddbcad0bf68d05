-- builds  reconciled.incident_tickets (working table): one row per ticket in an incident, the ticket of record first (`rank_no` 1)
-- reads   records of incidents, tickets, duplicates
-- rule    4.1 step 7: at most one ticket of record per system and incident: not cancelled, no duplicate, opened first, smallest raw_id;
--         of several systems the first of these leads. A duplicate repeats an older ticket of its incident, or says so itself
with duplicates as (
    select
        other.raw_id
    from reconciled.duplicate_pairs as pair
    inner join reconciled.incident_records as one on pair.left_no = one.record_no
    inner join reconciled.incident_records as other on pair.right_no = other.record_no and one.incident_id = other.incident_id
    inner join staged.ticket as left_ticket on one.raw_id = left_ticket.raw_id
    inner join staged.ticket as right_ticket on other.raw_id = right_ticket.raw_id
    where (left_ticket.opened_at, left_ticket.raw_id) < (right_ticket.opened_at, right_ticket.raw_id)
    union
    select
        one.raw_id
    from reconciled.duplicate_pairs as pair
    inner join reconciled.incident_records as one on pair.left_no = one.record_no
    inner join reconciled.incident_records as other on pair.right_no = other.record_no and one.incident_id = other.incident_id
    inner join staged.ticket as left_ticket on one.raw_id = left_ticket.raw_id
    inner join staged.ticket as right_ticket on other.raw_id = right_ticket.raw_id
    where (left_ticket.opened_at, left_ticket.raw_id) > (right_ticket.opened_at, right_ticket.raw_id)
    union
    select
        one.raw_id
    from reconciled.reference_links as link
    inner join reconciled.incident_records as one on link.record_no = one.record_no
    inner join reconciled.incident_records as other on link.to_no = other.record_no and one.incident_id = other.incident_id
    where link.field = 'duplicate_of'
),

tickets as (
    select
        member.incident_id,
        member.record_no,
        ticket.raw_id,
        ticket.source_system,
        ticket.ticket_key,
        ticket.state = 'cancelled' as is_cancelled,
        duplicate.raw_id is not null as is_duplicate,
        epoch_us(ticket.opened_at) as opened_us
    from reconciled.incident_records as member
    inner join staged.ticket as ticket on member.raw_id = ticket.raw_id
    left join duplicates as duplicate on ticket.raw_id = duplicate.raw_id
    where member.entity = 'ticket'
)

select
    incident_id,
    record_no,
    raw_id,
    source_system,
    ticket_key,
    is_cancelled,
    is_duplicate,
    opened_us,
    row_number() over (partition by incident_id order by is_cancelled, is_duplicate, opened_us, raw_id) as rank_no,
    row_number() over (partition by incident_id, source_system order by is_cancelled, is_duplicate, opened_us, raw_id) as system_rank_no
from tickets
