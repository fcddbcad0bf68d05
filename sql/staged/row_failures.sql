-- builds  staged.row_failures (working table): one row per period, rule, source system and entity: rows that break it, rows it dropped
-- reads   findings, which periods their files are for, rows replaced since
-- rule    DQ-02 to DQ-07, R-TM2; an empty interval is dropped, not set aside, and fails nothing (R-TM4)
select
    link.period,
    issue.rule_id,
    issue.source_system,
    issue.entity,
    count(distinct issue.raw_id) filter (where issue.action <> 'dropped') as failed,
    count(distinct issue.raw_id) filter (where issue.action = 'dropped') as dropped
from staged.issues as issue
inner join staged.file_periods as link on issue.landing_seq = link.landing_seq and issue.entity = link.entity
anti join staged.replaced_rows as replaced on issue.raw_id = replaced.raw_id
where issue.rule_id in ('DQ-02', 'DQ-03', 'DQ-04', 'DQ-05', 'DQ-06', 'DQ-07', 'R-TM2')
group by link.period, issue.rule_id, issue.source_system, issue.entity
