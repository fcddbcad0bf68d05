-- builds  published.told_records (working table): one row per record that a told bound speaks of, with the names by which its source knows it
-- reads   winners and overruled candidates, members of incidents, changes of tickets
-- rule    4.2: a reader finds the record in its own system by this name
with spoken as (
    select winner_raw_id as raw_id
    from published.bounds
    union
    select raw_id
    from published.overruled
),

names as (
    select
        raw_id,
        source_system,
        source_key,
        entity
    from reconciled.incident_members
    union
    select
        raw_id,
        source_system,
        source_key,
        entity
    from staged.ticket_history
)

select
    names.raw_id,
    min(names.source_system) as source_system,
    min(names.source_key) as source_key,
    min(names.entity) as entity
from names
inner join spoken on names.raw_id = spoken.raw_id
group by names.raw_id
