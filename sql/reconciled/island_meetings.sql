-- builds  reconciled.island_meetings (working table): one row per two islands on one dependency path that meet on the packed axis, to the second
-- reads   islands as upper and as lower end of a path
-- rule    the range join stands alone in its file and reads whole tables: only so is it planned as one that does not grow with density
select
    upper.island_no as left_no,
    lower.island_no as right_no,
    upper.start_us as left_start_us,
    upper.reach_us as left_reach_us,
    lower.start_us as right_start_us,
    lower.reach_us as right_reach_us
from reconciled.upper_islands as upper
inner join reconciled.lower_islands as lower on upper.low <= lower.high and upper.high >= lower.low
