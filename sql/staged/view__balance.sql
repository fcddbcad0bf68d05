-- builds  staged.view__balance (shown as staged.balance): one row per source system, source and entity
-- reads   the balance of every file, rows taken back
-- rule    DQ-09: read = accepted + quarantined + duplicates; dropped and superseded are part of accepted; withdrawn rows are in none, nor are
--         those that their source leaves out
with taken_back as (
    select
        source_system,
        source_id,
        entity,
        sum(withdrawn)::bigint as withdrawn
    from payload.withdrawn
    group by source_system, source_id, entity
),

visible as (
    select
        source_system,
        source_id,
        entity,
        sum(read)::bigint as read,
        sum(accepted)::bigint as accepted,
        sum(quarantined)::bigint as quarantined,
        sum(duplicates)::bigint as duplicates,
        sum(dropped)::bigint as dropped,
        sum(superseded)::bigint as superseded,
        sum(left_out)::bigint as left_out
    from staged.file_balance
    group by source_system, source_id, entity
)

select
    source_system,
    source_id,
    entity,
    coalesce(visible.read, 0) as read,
    coalesce(visible.accepted, 0) as accepted,
    coalesce(visible.quarantined, 0) as quarantined,
    coalesce(visible.duplicates, 0) as duplicates,
    coalesce(visible.dropped, 0) as dropped,
    coalesce(visible.superseded, 0) as superseded,
    coalesce(taken_back.withdrawn, 0) as withdrawn,
    coalesce(visible.left_out, 0) as left_out
from visible
full join taken_back using (source_system, source_id, entity)
