-- builds  staged.piece__issues (while a piece is made): one row per row-level finding of its files, as table `issues`
-- reads   faults of suspect rows (columns that nobody knows among them), conflicts under one natural key, the types of columns
-- rule    DQ-01 to DQ-07, R-TM2; a second copy of a row has no findings of its own, but for what its message says it left out;
--         what a file without rows calls a column that nobody knows stands under the file's own digest, row 0
with found as (
    select
        faults.landing_seq,
        faults.source_row,
        faults.part,
        faults.issue,
        faults.column_name,
        faults.value_text,
        faults.candidates
    from payload.faults as faults
    union all
    select
        landing_seq,
        source_row,
        part,
        'CONFLICTING_DUPLICATE' as issue,
        '-' as column_name,
        null as value_text,
        []::varchar[] as candidates
    from staged.piece__verdicts
    where is_conflict
)

select
    verdicts.raw_id,
    context.source_system,
    context.entity,
    verdicts.source_key,
    found.landing_seq,
    files.source_file,
    found.source_row,
    codes.rule_id,
    found.issue,
    found.column_name,
    redacted(left(found.value_text, 200)) as value_text,
    coalesce(if(found.issue = 'BAD_VALUE', mended(found.value_text, columns.type), found.candidates), []) as candidates,
    codes.action
from found
inner join staged.piece__verdicts as verdicts
    on found.landing_seq = verdicts.landing_seq and found.source_row = verdicts.source_row and found.part = verdicts.part
inner join payload.fault_codes as codes on found.issue = codes.issue
inner join payload.files as files on found.landing_seq = files.landing_seq
left join payload.columns as columns on found.column_name = columns.column_name
cross join payload.context as context
where verdicts.fate <> 'duplicate' or found.issue = 'ALERTS_TRUNCATED'
union all
select
    files.file_sha256 as raw_id,
    context.source_system,
    context.entity,
    null as source_key,
    files.landing_seq,
    files.source_file,
    0 as source_row,
    'DQ-01' as rule_id,
    'UNKNOWN_COLUMN' as issue,
    unnest(files.unknown) as column_name,
    null as value_text,
    []::varchar[] as candidates,
    'warned' as action
from payload.files as files
inner join payload.reads as reads on files.landing_seq = reads.landing_seq
cross join payload.context as context
where reads.rows_read = 0
