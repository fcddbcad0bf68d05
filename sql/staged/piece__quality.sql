-- builds  staged.piece__quality (while a piece is made): one row per data-quality rule and file
-- reads   what was read, and the findings
-- rule    DOMAIN 4.5: DQ-01 counts required columns, DQ-02 to DQ-07 count rows
with failed as (
    select
        landing_seq,
        rule_id,
        count(distinct raw_id) as rows_failed
    from staged.piece__issues
    group by landing_seq, rule_id
),

rules as (
    select unnest(['DQ-01', 'DQ-02', 'DQ-03', 'DQ-04', 'DQ-05', 'DQ-06', 'DQ-07']) as rule_id
)

select
    rules.rule_id,
    context.source_system,
    context.source_id,
    context.entity,
    files.landing_seq,
    if(rules.rule_id = 'DQ-01', files.columns_required, reads.rows_read)::bigint as checked,
    if(rules.rule_id = 'DQ-01', len(files.missing), coalesce(failed.rows_failed, 0))::bigint as failed
from rules
cross join payload.context as context
cross join payload.files as files
inner join payload.reads as reads on files.landing_seq = reads.landing_seq
left join failed on rules.rule_id = failed.rule_id and files.landing_seq = failed.landing_seq
