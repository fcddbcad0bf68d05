-- builds  staged.view__file_balance (shown as staged.file_balance): one row per file and entity: what was read and what became of it
-- reads   the balances of every visible piece, the rows set aside once, the fates of accepted rows across landings
-- rule    DQ-09: read = accepted + quarantined + duplicates; dropped and superseded are part of accepted
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
)

select
    pieces.source_system,
    pieces.source_id,
    pieces.entity,
    pieces.landing_seq,
    pieces.read,
    (pieces.accepted - coalesce(fates.duplicates, 0))::bigint as accepted,
    coalesce(waiting.quarantined, 0)::bigint as quarantined,
    (pieces.duplicates + coalesce(fates.duplicates, 0) + pieces.quarantined - coalesce(waiting.quarantined, 0))::bigint as duplicates,
    coalesce(fates.dropped, 0)::bigint as dropped,
    coalesce(fates.superseded, 0)::bigint as superseded,
    pieces.left_out,
    pieces.recorded_from
from payload.piece_balance as pieces
left join fates on pieces.landing_seq = fates.landing_seq and pieces.entity = fates.entity
left join waiting on pieces.landing_seq = waiting.landing_seq and pieces.entity = waiting.entity
