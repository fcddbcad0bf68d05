-- builds  published.set_aside (working table): one row per source system, entity and finding: what was wrong with rows, what was done with them
-- reads   rows set aside and findings
-- rule    DQ-09, 7.1 section 8: every row that is not simply accepted is told. A row set aside for several reasons stands once, under all of
--         them, so that the rows add up
with reasons as (
    select
        raw_id,
        list(distinct rule_id order by rule_id) as rule_ids
    from staged.issues
    where action = 'quarantined'
    group by raw_id
),

told as (
    select
        aside.source_system,
        aside.entity,
        'quarantined' as action,
        reasons.rule_ids,
        aside.issues,
        aside.landing_seq,
        aside.source_file,
        aside.source_row
    from staged.quarantine as aside
    inner join reasons on aside.raw_id = reasons.raw_id
    union all
    select distinct
        issue.source_system,
        issue.entity,
        issue.action,
        [issue.rule_id] as rule_ids,
        [issue.issue] as issues,
        issue.landing_seq,
        issue.source_file,
        issue.source_row
    from staged.issues as issue
    anti join staged.quarantine as aside on issue.raw_id = aside.raw_id
    where issue.action <> 'quarantined'
)

select
    source_system,
    entity,
    action,
    rule_ids,
    issues,
    count(*) as found,
    min_by(source_file, (landing_seq, source_row, source_file)) as first_file,
    min_by(source_row, (landing_seq, source_row, source_file)) as first_row
from told
group by source_system, entity, action, rule_ids, issues
