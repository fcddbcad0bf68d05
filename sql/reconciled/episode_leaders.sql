-- builds  reconciled.episode_leaders (working table): up to four rows per episode: the tickets and vendor records it matches best
-- reads   pairs with the verdict of their score
-- rule    4.1 step 7: ties by score, then earliest start, then smallest raw id. Four, so that the work grows with the records of an episode and
--         not with their square
select
    right_no as episode_no,
    left_no as leader_no,
    row_number() over best_first as place
from reconciled.pair_verdicts
where right_entity = 'episode' and decision = 'match'
window best_first as (partition by right_no order by score desc, left_start_us asc, left_raw_id asc)
qualify row_number() over best_first <= 4
