-- builds  staged.piece__quality (while a piece is made): one row per file: does it keep its source contract?
-- reads   the columns of the file, what was read, and the findings
-- rule    DQ-01: a column of the contract fails if it is missing, or if not one of its values could be read as its type; of single values
--         that cannot be read the rows are set aside (DQ-15); an unknown column is worth a warning
with rows_left as (
    select
        reads.landing_seq,
        reads.rows_read - count(verdicts.landing_seq) as rows_read
    from payload.reads as reads
    left join staged.piece__verdicts as verdicts on reads.landing_seq = verdicts.landing_seq and verdicts.fate = 'duplicate'
    group by reads.landing_seq, reads.rows_read
),

findings as (
    select
        landing_seq,
        column_name,
        count(distinct source_row) filter (where issue in ('BAD_VALUE', 'MALFORMED_ROW')) as unreadable,
        count(distinct source_row) as failed
    from staged.piece__issues
    where issue in ('BAD_VALUE', 'MALFORMED_ROW', 'MISSING_VALUE')
    group by landing_seq, column_name
),

unreadable as (
    select
        findings.landing_seq,
        count(*) as columns
    from findings
    inner join rows_left on findings.landing_seq = rows_left.landing_seq
    where findings.unreadable > 0 and findings.failed = rows_left.rows_read
    group by findings.landing_seq
)

select
    'DQ-01' as rule_id,
    context.source_system,
    context.source_id,
    context.entity,
    files.landing_seq,
    files.columns_required::bigint as checked,
    (len(files.missing) + coalesce(unreadable.columns, 0))::bigint as failed,
    len(files.unknown)::bigint as unknown
from payload.files as files
cross join payload.context as context
left join unreadable on files.landing_seq = unreadable.landing_seq
