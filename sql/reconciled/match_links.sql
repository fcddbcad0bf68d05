-- builds  reconciled.match_links (working table): one row per matched pair, in the order in which incidents are assembled
-- reads   judged pairs
-- rule    4.1 step 7: people's decisions and references bind; then ties by score, earliest start, smallest raw ids. `strength_no` runs from 1
select
    left_no,
    right_no,
    turn in (1, 2) as is_binding,
    row_number() over (
        order by turn not in (1, 2) asc, score desc, start_us asc, left_raw_id asc, right_raw_id asc
    ) as strength_no
from reconciled.judged_pairs
where decision = 'match'
