-- builds  reconciled.right_spans (working table): one row per block span of one side: what tickets and vendor records are compared with
-- reads   block spans
-- rule    a table of its own, so that its true size is known where it is joined
select
    record_no,
    start_us,
    reach_us,
    low,
    high
from reconciled.block_spans
where side = 'right'
