-- builds  staged.file_reach (working table): one row per file and entity: which span of time it speaks of, and when it was taken
-- reads   the balance of every file, what its landing states of it, the earliest of its rows
-- rule    DOMAIN 4.4: coverage as stated, else [earliest row, extracted_at]. start_at null: since ever, as no row of it could be read; end_at
--         null: a register (catalogue, rules, invoices, decisions) speaks of all time
with files as (
    select
        *,
        entity in ('ticket', 'ticket_history', 'alert', 'monitoring_sample', 'vendor_record') as is_event
    from staged.file_balance
)

select
    file.source_system,
    file.source_id,
    file.entity,
    file.landing_seq,
    file.is_event,
    file.read = 0 or first.landing_seq is not null as is_readable,
    landing.covers_start_at is not null as is_stated,
    if(file.is_event, coalesce(landing.covers_start_at, first.first_at), null) as start_at,
    if(file.is_event, coalesce(landing.covers_end_at, first.taken_at, landing.extracted_at, file.recorded_from), null) as end_at,
    coalesce(first.taken_at, landing.extracted_at, file.recorded_from) as taken_at
from files as file
left join run.landings as landing on file.landing_seq = landing.landing_seq
left join staged.first_instants as first on file.landing_seq = first.landing_seq and file.entity = first.entity
