-- builds  reconciled.block_spans (working table): one row per record, block and side: two records are compared where they meet in a block.
--         `low` and `high` are the record's widened span, block and time (in seconds) packed into one axis, so that a range join alone finds
--         who meets and a dense service costs what its overlaps cost
-- reads   records on components, services above them
-- rule    4.1 step 4: same service or a dependency path: a record stands in the blocks of every service that its component is part of or
--         feeds. Step 7: records of one source are never compared, nor records of two providers
with services as (
    select distinct
        stand.record_no,
        above.service_id
    from reconciled.record_components as stand
    inner join reconciled.component_paths as path on stand.component_id = path.component_id
    inner join reconciled.components as above on path.ancestor_id = above.component_id
    union
    select
        record_no,
        service_id
    from reconciled.record_components
    where service_id is not null
),

systems as (
    select
        entity,
        source_system,
        provider_id
    from reconciled.records
    where entity <> 'episode'
    group by entity, source_system, provider_id
),

-- which kinds of records meet, and on which side
meetings as (
    select 'signal' as meeting, 'ticket' as entity, 'left' as side
    union all
    select 'signal' as meeting, 'vendor_record' as entity, 'left' as side
    union all
    select 'signal' as meeting, 'episode' as entity, 'right' as side
    union all
    select 'word' as meeting, 'ticket' as entity, 'left' as side
    union all
    select 'word' as meeting, 'vendor_record' as entity, 'right' as side
),

sides as (
    select
        service.service_id,
        meeting.meeting,
        meeting.side,
        record.record_no,
        record.start_us,
        record.end_us
    from services as service
    inner join reconciled.records as record on service.record_no = record.record_no
    inner join meetings as meeting on record.entity = meeting.entity
    union all
    select
        service.service_id,
        concat_ws('|', record.entity, record.source_system, other.source_system, record.provider_id) as meeting,
        'left' as side,
        record.record_no,
        record.start_us,
        record.end_us
    from services as service
    inner join reconciled.records as record on service.record_no = record.record_no
    inner join systems as other
        on
            record.entity = other.entity
            and record.source_system < other.source_system
            and record.provider_id is not distinct from other.provider_id
    union all
    select
        service.service_id,
        concat_ws('|', record.entity, other.source_system, record.source_system, record.provider_id) as meeting,
        'right' as side,
        record.record_no,
        record.start_us,
        record.end_us
    from services as service
    inner join reconciled.records as record on service.record_no = record.record_no
    inner join systems as other
        on
            record.entity = other.entity
            and record.source_system > other.source_system
            and record.provider_id is not distinct from other.provider_id
),

blocks as (
    select
        dense_rank() over (order by service_id, meeting) as block_no,
        side,
        record_no,
        start_us,
        end_us
    from sides
),

axis as (
    select
        min(blocks.start_us) // 1000000 as origin_s,
        max(blocks.end_us) // 1000000 - min(blocks.start_us) // 1000000 + 2 * max(policy.widen_us) // 1000000 + 3 as length_s
    from blocks
    cross join run.policy as policy
)

select
    blocks.side,
    blocks.record_no,
    blocks.start_us,
    blocks.end_us + 2 * policy.widen_us as reach_us,
    blocks.block_no * axis.length_s + blocks.start_us // 1000000 - axis.origin_s as low,
    blocks.block_no * axis.length_s + (blocks.end_us + 2 * policy.widen_us) // 1000000 + 1 - axis.origin_s as high
from blocks
cross join axis
cross join run.policy as policy
