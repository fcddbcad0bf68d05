-- builds  staged.history_faults (working table): one row per source system: tickets whose history was written in the period, and faulty ones
-- reads   ticket history, tickets
-- rule    DQ-10: seq runs from 1 without a gap, and the last state that the history tells is the state of the ticket
with touched as (
    select distinct
        history.source_system,
        history.ticket_key
    from staged.ticket_history as history
    cross join run.context as context
    where history.changed_at >= context.period_start_at and history.changed_at < context.period_end_at
),

histories as (
    select
        history.source_system,
        history.ticket_key,
        min(history.seq) as first_seq,
        max(history.seq) as last_seq,
        count(distinct history.seq) as entries,
        arg_max(replace(lower(history.new), ' ', '_'), history.seq) filter (where history.field = 'state') as last_state
    from staged.ticket_history as history
    semi join touched on history.source_system = touched.source_system and history.ticket_key = touched.ticket_key
    group by history.source_system, history.ticket_key
)

select
    told.source_system,
    count(*) as checked,
    count(*) filter (
        where
        told.first_seq <> 1
        or told.last_seq <> told.entries
        or coalesce(told.last_state <> ticket.state, false)
    ) as failed
from histories as told
left join staged.ticket as ticket on told.source_system = ticket.source_system and told.ticket_key = ticket.ticket_key
group by told.source_system
