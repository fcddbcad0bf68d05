-- builds  staged.view__past (while an entity is shown): one row per accepted row that is not current, with its fate
-- reads   the entity's accepted rows in narrow form, and the newest landing of each file that is a snapshot
-- rule    entities.yml identities: the last row in version order is current; a row with the raw_id of the version before it is a duplicate
--         and is not used; a key absent from the newest snapshot is no longer current; an empty interval is dropped (R-TM4)
with repeated as (
    select
        source_system,
        hash(source_key) as key_hash
    from payload.accepted_rows
    group by source_system, key_hash
    having count(*) > 1
),

versions as (
    select
        accepted.*,
        coalesce(accepted.raw_id = lag(accepted.raw_id) over version_order, false) as is_duplicate
    from payload.accepted_rows as accepted
    semi join repeated on accepted.source_system = repeated.source_system and hash(accepted.source_key) = repeated.key_hash
    window
        version_order as (
            partition by accepted.source_system, accepted.source_key
            order by accepted.source_updated_at nulls first, accepted.recorded_from, accepted.landing_seq, accepted.raw_id
        )
),

replaced as (
    select
        landing_seq,
        source_row,
        raw_id,
        is_duplicate,
        row_number() over (
            partition by source_system, source_key, is_duplicate
            order by source_updated_at desc nulls last, recorded_from desc, landing_seq desc, raw_id desc
        ) > 1 as has_successor
    from versions
),

seen as (
    select
        accepted.landing_seq,
        accepted.source_row,
        accepted.raw_id,
        snapshots.newest_seq,
        max(accepted.landing_seq) over (partition by accepted.source_system, accepted.source_key) as last_seq
    from payload.accepted_rows as accepted
    inner join payload.snapshots as snapshots
        on accepted.source_id = snapshots.source_id and accepted.source_file = snapshots.source_file
),

fates as (
    select
        landing_seq,
        source_row,
        raw_id,
        if(is_duplicate, 'duplicate', 'superseded') as fate,
        1 as place
    from replaced
    where is_duplicate or has_successor
    union all
    select
        landing_seq,
        source_row,
        raw_id,
        'superseded' as fate,
        2 as place
    from seen
    where last_seq < newest_seq
    union all
    select
        landing_seq,
        source_row,
        raw_id,
        'dropped' as fate,
        3 as place
    from payload.accepted_rows
    where is_empty
)

select
    landing_seq,
    source_row,
    raw_id,
    arg_min(fate, place) as fate
from fates
group by landing_seq, source_row, raw_id
