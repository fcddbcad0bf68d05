-- builds  staged.replaced_rows (working table): one row per row set aside whose right version was landed later
-- reads   rows set aside, and the newest landing that brought an accepted row of their key (made by the gate)
-- rule    a wrong file that a right one replaced blocks nobody: the row stays in quarantine, but no rule counts it. What cannot be matched by
--         its key is taken back with sla land --withdraw
with copies as (
    select
        source_system,
        entity,
        source_key,
        raw_id,
        max(landing_seq) as last_seq
    from staged.set_aside
    group by source_system, entity, source_key, raw_id
)

select copies.raw_id
from copies
inner join staged.newest_accepted as newest
    on
        copies.source_system = newest.source_system
        and copies.entity = newest.entity
        and copies.source_key = newest.source_key
        and copies.last_seq < newest.landing_seq
