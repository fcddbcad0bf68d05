-- builds  reconciled.island_links (working table): one row per two islands on one dependency path that overlap or lie close together
-- reads   meetings of islands
-- rule    4.1 step 3: episodes reach along dependency paths
select
    left_no,
    right_no
from reconciled.island_meetings
where left_start_us <= right_reach_us and right_start_us <= left_reach_us
