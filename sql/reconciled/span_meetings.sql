-- builds  reconciled.span_meetings (working table): one row per two block spans that meet on the packed axis, to the second
-- reads   block spans of both sides
-- rule    the range join stands alone in its file and reads whole tables: only so is it planned as one that does not grow with density
select
    left_span.record_no as left_no,
    right_span.record_no as right_no,
    left_span.start_us as left_start_us,
    left_span.reach_us as left_reach_us,
    right_span.start_us as right_start_us,
    right_span.reach_us as right_reach_us
from reconciled.left_spans as left_span
inner join reconciled.right_spans as right_span on left_span.low <= right_span.high and left_span.high >= right_span.low
