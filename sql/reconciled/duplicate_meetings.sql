-- builds  reconciled.duplicate_meetings (working table): one row per two spans of records with something in common that meet, to the second
-- reads   spans of records that have something in common
-- rule    the range join stands alone in its file and reads whole tables: only so is it planned as one that does not grow with density
select
    one.record_no as left_no,
    other.record_no as right_no,
    one.start_us as left_start_us,
    one.end_us as left_end_us,
    other.start_us as right_start_us,
    other.end_us as right_end_us
from reconciled.duplicate_spans as one
inner join reconciled.duplicate_spans as other on one.low <= other.high and one.high >= other.low
