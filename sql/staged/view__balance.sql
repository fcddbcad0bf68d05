-- builds  staged.view__balance (shown as staged.balance): one row per source system, source and entity
-- reads   the balance of every file
-- rule    DQ-09: read = accepted + quarantined + duplicates; dropped and superseded are part of accepted
select
    source_system,
    source_id,
    entity,
    sum(read)::bigint as read,
    sum(accepted)::bigint as accepted,
    sum(quarantined)::bigint as quarantined,
    sum(duplicates)::bigint as duplicates,
    sum(dropped)::bigint as dropped,
    sum(superseded)::bigint as superseded
from staged.file_balance
group by source_system, source_id, entity
