-- builds  staged.piece__verdicts (while a piece is made): one row per suspect row of the files, with its fate
-- reads   rows that have a fault or share their key with another row of the same file, and their faults
-- rule    DQ-03: identical rows of a file are duplicates and the first is kept; different contents under one natural key are all set aside
with judged as (
    select
        suspects.*,
        row_number() over (
            partition by suspects.landing_seq, suspects.raw_id
            order by suspects.source_row, suspects.part
        ) as copy_no,
        suspects.source_key is not null and min(suspects.raw_id) over same_key <> max(suspects.raw_id) over same_key as is_conflict
    from payload.suspects as suspects
    window same_key as (partition by suspects.landing_seq, suspects.source_key, suspects.given_version)
),

actions as (
    select
        faults.landing_seq,
        faults.source_row,
        faults.part,
        bool_or(codes.action = 'quarantined') as is_condemned,
        bool_or(codes.action = 'dropped') as is_empty
    from payload.faults as faults
    inner join payload.fault_codes as codes on faults.issue = codes.issue
    group by faults.landing_seq, faults.source_row, faults.part
)

select
    judged.landing_seq,
    judged.source_row,
    judged.part,
    judged.raw_id,
    judged.source_key,
    judged.is_conflict,
    case
        when judged.copy_no > 1 then 'duplicate'
        when judged.is_conflict or coalesce(actions.is_condemned, false) then 'quarantined'
        else 'accepted'
    end as fate,
    coalesce(actions.is_empty, false) as is_empty,
    count(*) over (partition by judged.landing_seq, judged.source_key) > 1 as is_key_repeated
from judged
left join actions
    on judged.landing_seq = actions.landing_seq and judged.source_row = actions.source_row and judged.part = actions.part
