-- builds  staged.piece__balance (while a piece is made): one row per file
-- reads   what was read, the fates, what was in fact written as accepted, and what its source leaves out
-- rule    DQ-09: each number is counted where it stands, none is derived from the others
with fates as (
    select
        landing_seq,
        count(*) filter (where fate = 'quarantined') as quarantined,
        count(*) filter (where fate = 'duplicate') as duplicates,
        count(*) filter (where fate = 'accepted' and is_key_repeated) as repeated,
        count(*) filter (where fate = 'accepted' and is_empty) as empty
    from staged.piece__verdicts
    group by landing_seq
)

select
    context.source_system,
    context.source_id,
    context.entity,
    files.landing_seq,
    files.source_file,
    files.recorded_from,
    reads.rows_read::bigint as read,
    coalesce(written.accepted, 0)::bigint as accepted,
    coalesce(fates.quarantined, 0)::bigint as quarantined,
    coalesce(fates.duplicates, 0)::bigint as duplicates,
    coalesce(fates.repeated, 0)::bigint as repeated,
    coalesce(fates.empty, 0)::bigint as empty,
    coalesce(choice.left_out, 0)::bigint as left_out
from payload.files as files
cross join payload.context as context
inner join payload.reads as reads on files.landing_seq = reads.landing_seq
left join payload.written as written on files.landing_seq = written.landing_seq
left join fates on files.landing_seq = fates.landing_seq
left join payload.left_out as choice on files.landing_seq = choice.landing_seq
