-- builds  staged.open_subjects (working table): one row per current record that is not over by itself
-- reads   tickets, alerts, vendor records and maintenance windows as known
-- rule    DESIGN 1.1: as_of belongs to a run's name only when something is still open
select
    raw_id,
    entity
from staged.ticket
where state not in ('resolved', 'closed', 'cancelled')
union all
select
    raw_id,
    entity
from staged.alert
where cleared_at is null
union all
select
    raw_id,
    entity
from staged.vendor_record
where ended_at is null and status <> 'withdrawn'
union all
select
    raw_id,
    entity
from staged.dispute
where state = 'open'
