-- builds  reconciled.episode_leaders (working table): one row per episode that a ticket or vendor record matches: the one it matches best
-- reads   pairs with the verdict of their score
-- rule    4.1 step 7: ties by score, then earliest start, then smallest raw id
select
    right_no as episode_no,
    left_no as leader_no
from reconciled.pair_verdicts
where right_entity = 'episode' and decision = 'match'
qualify row_number() over (partition by right_no order by score desc, left_start_us asc, left_raw_id asc) = 1
