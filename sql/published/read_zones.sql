-- builds  published.read_zones (working table): one row per source and zone in which it wrote times without offset
-- reads   the zone beside the first instant of every ticket, vendor record, alert and sample that stands
-- rule    R-TM2: a time without offset is resolved with the zone declared for it; an assumption of that weight is printed
with instants as (
    select distinct
        source_id,
        opened_at_tz as zone
    from staged.ticket
    union
    select distinct
        source_id,
        started_at_tz as zone
    from staged.vendor_record
    union
    select distinct
        source_id,
        fired_at_tz as zone
    from staged.alert
    union
    select distinct
        source_id,
        start_at_tz as zone
    from staged.monitoring_sample
)

select
    source_id,
    zone
from instants
where zone is not null and not regexp_full_match(zone, 'Z|[+-]\d{2}(:?\d{2})?')
