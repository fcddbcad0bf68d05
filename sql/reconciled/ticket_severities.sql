-- builds  reconciled.ticket_severities (working table): one row per ticket: the classes it began with, reached at worst and ended with
-- reads   tickets, their history, severity changes, the severity map
-- rule    4.2 severity: contract severity from ticket history through severity_map; a source's own words outrank the general ones
with words as (
    select
        raw_id as ticket_raw_id,
        source_system,
        severity_raw as word,
        2 as turn,
        null::bigint as changed_us,
        null::bigint as seq
    from staged.ticket
    union all
    select
        ticket.raw_id as ticket_raw_id,
        ticket.source_system,
        unnest([change.old, change.new]) as word,
        unnest([0, 1]) as turn,
        epoch_us(change.changed_at) as changed_us,
        change.seq
    from staged.ticket_history as change
    inner join staged.ticket as ticket on change.source_system = ticket.source_system and change.ticket_key = ticket.ticket_key
    where change.field = 'severity'
    union all
    select
        ticket.raw_id as ticket_raw_id,
        ticket.source_system,
        unnest([change.old, change.new]) as word,
        unnest([0, 1]) as turn,
        epoch_us(change.changed_at) as changed_us,
        0 as seq
    from staged.severity_change as change
    inner join staged.ticket as ticket on change.source_system = ticket.source_system and change.ticket_key = ticket.ticket_key
),

classes as (
    select
        words.ticket_raw_id,
        words.turn,
        words.changed_us,
        words.seq,
        coalesce(own.severity, general.severity) as severity
    from words
    left join run.severity_map as own on lower(words.word) = own.severity_raw and words.source_system = own.source_system
    left join run.severity_map as general on lower(words.word) = general.severity_raw and general.source_system is null
)

select
    ticket_raw_id,
    coalesce(
        min_by(severity, (changed_us, seq, severity)) filter (where turn = 0 and severity is not null),
        max(severity) filter (where turn = 2)
    ) as severity_initial,
    min(severity) as severity_max,
    coalesce(
        max(severity) filter (where turn = 2),
        max_by(severity, (changed_us, seq, severity)) filter (where turn = 1 and severity is not null)
    ) as severity_final,
    count(*) filter (where turn = 2 and severity is null) > 0 as is_unmapped
from classes
group by ticket_raw_id
