-- builds  published.row_balance: one row per source and entity: what was read and what became of it
-- reads   staging's counts, and where reconciliation placed every current row of the matchable entities
-- rule    DQ-09 read = accepted + quarantined + duplicates; a matchable row is in an incident, an orphan with its reason, or unexplained
with fates as (
    select
        source_system,
        source_id,
        entity,
        count(*) filter (where placed_as = 'incident') as matched,
        count(*) filter (where placed_as = 'orphan' and reason is not null) as orphaned,
        count(*) filter (where placed_as = 'orphan' and reason is null) as unexplained
    from reconciled.placement
    group by source_system, source_id, entity
)

select
    balance.source_system,
    balance.source_id,
    balance.entity,
    balance.read,
    balance.accepted,
    balance.quarantined,
    balance.duplicates,
    balance.dropped,
    balance.withdrawn,
    balance.left_out,
    balance.superseded,
    coalesce(fates.matched, 0)::bigint as matched,
    coalesce(fates.orphaned, 0)::bigint as orphaned,
    coalesce(fates.unexplained, 0)::bigint as unexplained
from staged.balance as balance
left join fates
    on
        balance.source_system = fates.source_system
        and balance.source_id = fates.source_id
        and balance.entity = fates.entity
