-- builds  staged.volumes (working table): one row per feed that is older than the periods compared: rows of the period, and those before it
-- reads   tickets, alerts, monitoring samples, vendor records; the periods judged, the policy's limits
-- rule    DQ-12: inside median +- k scaled MAD (1.4826 MAD) of the periods before; doubled counts keep the median of an even number whole
with limits as (
    select
        max(value) filter (where name = 'periods')::bigint as periods,
        ppm(max(value) filter (where name = 'scaled_mad')::decimal(9, 6)) as k_ppm
    from run.quality_limits
    where rule_id = 'DQ-12'
),

events as (
    select source_system, entity, opened_at as happened_at from staged.ticket
    union all
    select source_system, entity, fired_at as happened_at from staged.alert
    union all
    select source_system, entity, start_at as happened_at from staged.monitoring_sample
    union all
    select source_system, entity, started_at as happened_at from staged.vendor_record
),

places as (
    select
        *,
        row_number() over (order by start_at desc) - 1 as place -- 0: the run's own period
    from run.judged_periods
),

compared as (
    select places.*
    from places
    cross join limits
    where places.place <= limits.periods
),

began as (
    select
        source_system,
        entity,
        min(happened_at) as first_at
    from events
    group by source_system, entity
),

feeds as (
    select
        began.source_system,
        began.entity
    from began
    inner join compared as oldest on began.first_at <= oldest.start_at
    cross join limits
    where oldest.place = limits.periods
),

found as (
    select
        event.source_system,
        event.entity,
        period.period,
        count(*) as rows_n
    from events as event
    asof inner join compared as period on event.happened_at >= period.start_at
    where event.happened_at < period.end_at
    group by event.source_system, event.entity, period.period
),

counted as (
    select
        feed.source_system,
        feed.entity,
        period.place,
        coalesce(found.rows_n, 0) as rows_n
    from feeds as feed
    cross join compared as period
    left join found
        on feed.source_system = found.source_system and feed.entity = found.entity and period.period = found.period
),

middles as (
    select
        source_system,
        entity,
        median(2 * rows_n)::bigint as twice_median
    from counted
    where place > 0
    group by source_system, entity
),

spreads as (
    select
        middle.source_system,
        middle.entity,
        middle.twice_median,
        median(2 * abs(2 * counted.rows_n - middle.twice_median))::bigint as four_mad
    from middles as middle
    inner join counted on middle.source_system = counted.source_system and middle.entity = counted.entity
    where counted.place > 0
    group by middle.source_system, middle.entity, middle.twice_median
)

select
    counted.source_system,
    counted.entity,
    counted.rows_n,
    spread.twice_median,
    spread.four_mad,
    abs(2 * counted.rows_n - spread.twice_median)::hugeint * 20000000000 > spread.four_mad::hugeint * 14826 * limits.k_ppm as is_outside
from counted
inner join spreads as spread on counted.source_system = spread.source_system and counted.entity = spread.entity
cross join limits
cross join run.context as context
where counted.place = 0 and context.period_end_at <= context.as_of
