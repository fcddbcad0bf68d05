-- builds  measured.target_thresholds: one row per listed target and share of it, as tables.yml has it
-- reads   listed targets, marks of their clocks
-- rule    DOMAIN 3.5, issue: 50, 75, 90 and 100 % with the instants at which counted time reached them while the clock ran
select distinct
    target.target_id,
    mark.threshold_pct::bigint as threshold_pct,
    if(mark.mark_us <= target.end_us, moment(mark.mark_us), null) as reached_at
from measured.listed_targets as target
inner join measured.clock_marks as mark on target.target_no = mark.target_no
