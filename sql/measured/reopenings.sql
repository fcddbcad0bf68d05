-- builds  measured.reopenings (working table): one row per incident and reopening of its ticket: when, and when it had been restored and resolved
-- reads   tickets of record and their history
-- rule    R-RE1: soon after it the clock runs through; later (or always, by option) the reopening is another incident and this clock had stopped
with states as (
    select
        ticket.incident_id,
        lower(change.new) as state,
        epoch_us(change.changed_at) as at_us,
        change.seq,
        count(*) filter (where lower(change.new) = 'reopened') over so_far as cycle_no
    from reconciled.clock_tickets as ticket
    inner join staged.ticket_history as change
        on ticket.source_system = change.source_system and ticket.ticket_key = change.ticket_key
    where change.field = 'state'
    window so_far as (partition by ticket.incident_id order by change.changed_at, change.seq rows unbounded preceding)
),

cycles as (
    select
        incident_id,
        cycle_no,
        min(at_us) filter (where state = 'reopened') as reopened_us,
        min(at_us) filter (where state in ('restored', 'resolved', 'closed')) as restored_us,
        min(at_us) filter (where state in ('resolved', 'closed')) as resolved_us
    from states
    group by incident_id, cycle_no
)

select
    late.incident_id,
    late.reopened_us,
    early.restored_us,
    early.resolved_us
from cycles as early
inner join cycles as late on early.incident_id = late.incident_id and early.cycle_no + 1 = late.cycle_no
where early.restored_us is not null or early.resolved_us is not null
