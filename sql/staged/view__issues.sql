-- builds  staged.view__issues (shown as staged.issues): one row per row-level finding, as tables.yml `issues`
-- reads   the findings of every visible piece
-- rule    the same row landed again brings the same findings: the first is kept
select * exclude (place)
from (
    select
        *,
        row_number() over (
            partition by raw_id, rule_id, issue, column_name
            order by landing_seq, source_row
        ) as place
    from payload.piece_issues
)
where place = 1
