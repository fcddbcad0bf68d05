-- builds  reconciled.left_spans (working table): one row per block span of one side: tickets and vendor records
-- reads   block spans
-- rule    a table of its own, so that its true size is known where it is joined
select
    record_no,
    start_us,
    reach_us,
    low,
    high
from reconciled.block_spans
where side = 'left'
