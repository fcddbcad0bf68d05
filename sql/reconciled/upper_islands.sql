-- builds  reconciled.upper_islands (working table): one row per island span of the component itself
-- reads   island spans
-- rule    a table of its own, so that its true size is known where it is joined
select
    island_no,
    start_us,
    reach_us,
    low,
    high
from reconciled.island_spans
where is_own
