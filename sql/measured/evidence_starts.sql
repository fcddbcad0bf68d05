-- builds  measured.evidence_starts (working table): one row: when the first record of any source begins; none if there is no record
-- reads   tickets, alerts, monitoring samples, vendor records
-- rule    unknown is a value: of a month that began before the first record, nothing is said
with starts as (
    select min(opened_at) as start_at
    from staged.ticket
    union all
    select min(fired_at) as start_at
    from staged.alert
    union all
    select min(start_at) as start_at
    from staged.monitoring_sample
    union all
    select min(started_at) as start_at
    from staged.vendor_record
)

select min(start_at) as start_at
from starts
having min(start_at) is not null
