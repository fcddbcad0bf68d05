-- builds  staged.first_instants (working table): one row per file of events: its earliest event, and when it was taken
-- reads   accepted rows of tickets and their history, alerts, monitoring samples, vendor records
-- rule    DOMAIN 4.4: coverage not stated is [earliest row, extracted_at]
select
    landing_seq,
    entity,
    min(opened_at) as first_at,
    max(extracted_at) as taken_at
from staged.ticket_versions
group by landing_seq, entity
union all
select
    landing_seq,
    entity,
    min(changed_at) as first_at,
    max(extracted_at) as taken_at
from staged.ticket_history_versions
group by landing_seq, entity
union all
select
    landing_seq,
    entity,
    min(fired_at) as first_at,
    max(extracted_at) as taken_at
from staged.alert_versions
group by landing_seq, entity
union all
select
    landing_seq,
    entity,
    min(start_at) as first_at,
    max(extracted_at) as taken_at
from staged.monitoring_sample_versions
group by landing_seq, entity
union all
select
    landing_seq,
    entity,
    min(started_at) as first_at,
    max(extracted_at) as taken_at
from staged.vendor_record_versions
group by landing_seq, entity
