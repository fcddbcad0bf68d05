-- builds  staged.piece__quarantine (while a piece is made): one row per row set aside, as table `quarantine` without its later state
-- reads   fates and findings
-- rule    rows are set aside with every reason, never dropped
select
    verdicts.raw_id,
    context.source_system,
    context.entity,
    verdicts.source_key,
    verdicts.landing_seq,
    files.source_file,
    verdicts.source_row,
    list(distinct issues.issue order by issues.issue) as issues
from staged.piece__verdicts as verdicts
inner join staged.piece__issues as issues
    on verdicts.landing_seq = issues.landing_seq and verdicts.source_row = issues.source_row and verdicts.raw_id = issues.raw_id
inner join payload.files as files on verdicts.landing_seq = files.landing_seq
cross join payload.context as context
where verdicts.fate = 'quarantined'
group by all
