-- builds  staged.piece__wall_days (while a piece is made): one row per zone and local day, with the day's one offset, or the offset
--         spans that touch it where the clock changes nearby
-- reads   the offset spans of the zones that the piece needs, from the pinned tzdata
-- rule    R-TM2: a wall time is looked up by its day, an equality join, whatever the number of rows
with days as (
    select date '1900-01-01' + range::integer as day
    from range(73049) -- up to 2099-12-31
),

-- no offset differs from UTC by more than a day, so a change matters to the days from the one before it to the one after the next
near as (
    select
        zone_name,
        make_timestamp(start_us)::date + unnest([-1, 0, 1]) as day
    from payload.zone_spans
),

changing as (
    select
        near.zone_name,
        near.day,
        list(distinct { 'start_us': zones.start_us, 'end_us': zones.end_us, 'offset_us': zones.utc_offset_us }) as spans
    from near
    inner join payload.zone_spans as zones
        on
            near.zone_name = zones.zone_name
            and zones.start_us < epoch_us(near.day::timestamp) + 172800000000
            and zones.end_us > epoch_us(near.day::timestamp) - 86400000000
    group by near.zone_name, near.day
)

select
    zones.zone_name,
    days.day,
    if(changing.day is null, zones.utc_offset_us, null) as offset_us,
    list_sort(changing.spans) as spans
from days
cross join (select distinct zone_name from payload.zone_spans) as names
asof inner join payload.zone_spans as zones
    on names.zone_name = zones.zone_name and epoch_us(days.day::timestamp) >= zones.start_us
left join changing on names.zone_name = changing.zone_name and days.day = changing.day
