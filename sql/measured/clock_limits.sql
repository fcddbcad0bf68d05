-- builds  measured.clock_limits (working table): one row per judged severity of a clock: its target and its two ends in counted time
-- reads   clock spans, open hours and business days of the calendars that clocks count by, zone transitions
-- rule    R-BH1: counted time of an instant is the open time before it; a start outside hours begins at the next opening; n business days after
--         the day of the (moved) start, at the same wall time (E131: in a gap moved forward, in an overlap the first pass) or at closing
with moved as (
    select
        span.target_no,
        span.business_days,
        span.until,
        span.day_calendar,
        greatest(span.start_us, hours.start_us) as moved_us,
        hours.business_date
    from measured.clock_spans as span
    asof inner join measured.clock_hours as hours on span.day_calendar = hours.calendar_id and span.start_us < hours.end_us
    where span.business_days is not null
),

due_days as (
    select
        moved.target_no,
        moved.until,
        moved.moved_us,
        epoch_us(moved.business_date::timestamp) as first_midnight_us,
        epoch_us(due.business_date::timestamp) as due_midnight_us,
        due.closes_us,
        due.timezone
    from moved
    inner join measured.business_days as first on moved.day_calendar = first.calendar_id and moved.business_date = first.business_date
    inner join measured.business_days as due
        on moved.day_calendar = due.calendar_id and first.day_no + moved.business_days = due.day_no
),

zones as (
    select
        zone_name,
        epoch_us(start_at) as start_us,
        coalesce(epoch_us(end_at), never_us()) + utc_offset_us as wall_end_us,
        utc_offset_us,
        lag(utc_offset_us, 1, utc_offset_us) over (partition by zone_name order by start_at) as offset_before_us
    from staged.zone_transitions
),

walls as (
    select
        due_days.target_no,
        due_days.until,
        due_days.closes_us,
        due_days.timezone,
        due_days.due_midnight_us + due_days.moved_us + zones.utc_offset_us - due_days.first_midnight_us as wall_us
    from due_days
    asof inner join zones on due_days.timezone = zones.zone_name and due_days.moved_us >= zones.start_us
),

due as (
    select
        walls.target_no,
        case
            when walls.until = 'end_of_day' then walls.closes_us
            when walls.wall_us - zones.utc_offset_us >= zones.start_us then walls.wall_us - zones.utc_offset_us
            else walls.wall_us - zones.offset_before_us
        end as due_us
    from walls
    asof inner join zones on walls.timezone = zones.zone_name and walls.wall_us < zones.wall_end_us
),

ends as (
    select
        span.target_no,
        span.service_hours,
        span.start_us,
        span.end_us,
        due.due_us
    from measured.clock_spans as span
    left join due on span.target_no = due.target_no
),

instants as (
    unpivot (select target_no, service_hours, start_us, end_us, due_us from ends)
    on start_us, end_us, due_us
    into name which value at_us
),

counted as (
    select
        instants.target_no,
        instants.which,
        hours.counted_before_us + least(instants.at_us, hours.end_us) - hours.start_us as counted_us
    from instants
    asof inner join measured.clock_hours as hours
        on instants.service_hours = hours.calendar_id and instants.at_us >= hours.start_us
),

placed as (
    select
        target_no,
        max(counted_us) filter (where which = 'start_us') as start_counted_us,
        max(counted_us) filter (where which = 'end_us') as end_counted_us,
        max(counted_us) filter (where which = 'due_us') as due_counted_us
    from counted
    group by target_no
)

select
    ends.target_no,
    coalesce(placed.start_counted_us, 0) as start_counted_us,
    coalesce(placed.end_counted_us, 0) as end_counted_us,
    ends.due_us as stated_due_us,
    coalesce(span.stated_target_us, coalesce(placed.due_counted_us, 0) - coalesce(placed.start_counted_us, 0)) as target_us
from ends
inner join measured.clock_spans as span on ends.target_no = span.target_no
left join placed on ends.target_no = placed.target_no
