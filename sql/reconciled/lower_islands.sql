-- builds  reconciled.lower_islands (working table): one row per island span of the components below
-- reads   island spans
-- rule    a table of its own, so that its true size is known where it is joined
select
    island_no,
    start_us,
    reach_us,
    low,
    high
from reconciled.island_spans
where not is_own
