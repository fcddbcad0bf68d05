-- builds  reconciled.zone_speakers (working table): one row per record that can be held against machines and each who wrote it: its feed, and the
--         person who opened the ticket
-- reads   shifted records, records, claims, ticket history
-- rule    Detector of mislabelled zones: a zone is wrong for a whole feed, or for one author in it
with openers as (
    select
        source_system,
        ticket_key,
        min_by(actor_ref, (changed_at, seq, raw_id)) as author_ref
    from staged.ticket_history
    where field = 'state' and lower(new) = 'new' and actor_kind = 'human'
    group by source_system, ticket_key
),

tested as (
    select distinct record_no
    from reconciled.shifted_records
),

records as (
    select
        record.record_no,
        claim.raw_id,
        claim.source_system,
        claim.source_key,
        claim.entity,
        claim.start_us
    from tested
    inner join reconciled.records as record on tested.record_no = record.record_no
    inner join reconciled.claims as claim on record.raw_id = claim.raw_id
)

select
    record_no,
    raw_id,
    source_system,
    '' as author_ref,
    start_us
from records
union all
select
    records.record_no,
    records.raw_id,
    records.source_system,
    openers.author_ref,
    records.start_us
from records
inner join openers on records.source_system = openers.source_system and records.source_key = openers.ticket_key
where records.entity = 'ticket' and openers.author_ref is not null
