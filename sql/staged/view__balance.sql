-- builds  staged.view__balance (shown as staged.balance): one row per source system, source and entity
-- reads   the balances of every visible piece, the rows set aside once, the fates of accepted rows across landings, rows taken back
-- rule    DQ-09: read = accepted + quarantined + duplicates; dropped and superseded are part of accepted; withdrawn rows are in none
with fates as (
    select
        landing_seq,
        entity,
        count(*) filter (where fate = 'duplicate') as duplicates,
        count(*) filter (where fate = 'dropped') as dropped,
        count(*) filter (where fate = 'superseded') as superseded
    from payload.past
    group by landing_seq, entity
),

waiting as (
    select
        landing_seq,
        entity,
        count(*) as quarantined
    from staged.quarantine
    group by landing_seq, entity
),

taken_back as (
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
        pieces.source_system,
        pieces.source_id,
        pieces.entity,
        sum(pieces.read)::bigint as read,
        sum(pieces.accepted - coalesce(fates.duplicates, 0))::bigint as accepted,
        sum(coalesce(waiting.quarantined, 0))::bigint as quarantined,
        sum(
            pieces.duplicates + coalesce(fates.duplicates, 0) + pieces.quarantined - coalesce(waiting.quarantined, 0)
        )::bigint as duplicates,
        sum(coalesce(fates.dropped, 0))::bigint as dropped,
        sum(coalesce(fates.superseded, 0))::bigint as superseded
    from payload.piece_balance as pieces
    left join fates on pieces.landing_seq = fates.landing_seq and pieces.entity = fates.entity
    left join waiting on pieces.landing_seq = waiting.landing_seq and pieces.entity = waiting.entity
    group by pieces.source_system, pieces.source_id, pieces.entity
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
    coalesce(taken_back.withdrawn, 0) as withdrawn
from visible
full join taken_back using (source_system, source_id, entity)
