-- builds  staged.feed_coverage (working table): one row per period and feed (a source system's events of one entity): does it cover it all?
-- reads   the reach of every readable file, the periods judged, the policy's limit
-- rule    DQ-08: the extracts together cover the whole period, and the newest was taken at least 24 h after its end. Coverage that is assumed
--         may start before its earliest row: a quiet start cannot be told from a late one, so it warns. A period that is not over warns
with limits as (
    select value::bigint * 3600000000 as grace_us
    from run.quality_limits
    where rule_id = 'DQ-08' and name = 'taken_h_after_end'
),

feeds as (
    select
        source_system,
        entity,
        min(if(is_stated, start_at, null)) as stated_from,
        bool_or(not is_stated) as has_assumed,
        max(taken_at) filter (where is_readable) as taken_at
    from staged.file_reach
    where is_event
    group by source_system, entity
),

judged as (
    select
        period.period,
        period.is_over,
        period.start_at,
        period.end_at,
        feed.source_system,
        feed.entity,
        feed.taken_at,
        coalesce(epoch_us(feed.taken_at) >= epoch_us(period.end_at) + limits.grace_us, false) as is_settled
    from feeds as feed
    cross join limits
    inner join run.judged_periods as period on feed.has_assumed or feed.stated_from < period.end_at
),

spans as (
    select
        judged.period,
        judged.source_system,
        judged.entity,
        unnest(if(reach.is_stated, [true, false], [false])) as is_stated_only,
        judged.start_at as from_at,
        judged.end_at as until_at,
        if(reach.is_stated, greatest(reach.start_at, judged.start_at), judged.start_at) as start_at,
        least(reach.end_at, judged.end_at) as end_at
    from judged
    inner join staged.file_reach as reach
        on
            judged.source_system = reach.source_system
            and judged.entity = reach.entity
            and reach.end_at > judged.start_at
            and (not reach.is_stated or reach.start_at < judged.end_at)
    where reach.is_event and reach.is_readable
),

reached as (
    select
        *,
        coalesce(max(end_at) over so_far, from_at) as reached_at
    from spans
    window so_far as (
        partition by period, source_system, entity, is_stated_only
        order by start_at, end_at
        rows between unbounded preceding and 1 preceding
    )
),

whole as (
    select
        period,
        source_system,
        entity,
        is_stated_only,
        bool_and(start_at <= reached_at) and max(end_at) >= any_value(until_at) as is_whole
    from reached
    group by period, source_system, entity, is_stated_only
)

select
    judged.period,
    judged.source_system,
    judged.entity,
    judged.is_over,
    judged.is_settled,
    judged.taken_at,
    coalesce(stated.is_whole, false) as is_covered,
    coalesce(assumed.is_whole, false) as is_covered_if_assumed,
    judged.is_over and not (coalesce(assumed.is_whole, false) and judged.is_settled) as is_failed
from judged
left join whole as stated
    on
        judged.period = stated.period
        and judged.source_system = stated.source_system
        and judged.entity = stated.entity
        and stated.is_stated_only
left join whole as assumed
    on
        judged.period = assumed.period
        and judged.source_system = assumed.source_system
        and judged.entity = assumed.entity
        and not assumed.is_stated_only
