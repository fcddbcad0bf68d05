-- builds  measured.clock_pauses (working table): one row per judged severity of a clock, column of the report and run of time that does not
--         count, in counted time since the clock's start. `kind` paused: pauses alone; all: disputed time too
-- reads   spans that do not count, limits of the clocks, open hours
-- rule    R-PA1 unioned; a closed second is closed and not paused, so that runs are measured in counted time
with instants as (
    unpivot (select piece_no, service_hours, from_us, until_us from measured.uncounted_spans)
    on from_us, until_us
    into name which value at_us
),

counted as (
    select
        instants.piece_no,
        instants.which,
        hours.counted_before_us + least(instants.at_us, hours.end_us) - hours.start_us as counted_us
    from instants
    asof left join measured.clock_hours as hours
        on instants.service_hours = hours.calendar_id and instants.at_us >= hours.start_us
),

pieces as (
    select
        span.target_no,
        span.is_headline,
        span.is_paused,
        coalesce(max(counted.counted_us) filter (where counted.which = 'from_us'), 0) - limits.start_counted_us as from_us,
        coalesce(max(counted.counted_us) filter (where counted.which = 'until_us'), 0) - limits.start_counted_us as until_us
    from measured.uncounted_spans as span
    inner join counted on span.piece_no = counted.piece_no
    inner join measured.clock_limits as limits on span.target_no = limits.target_no
    group by span.piece_no, span.target_no, span.is_headline, span.is_paused, limits.start_counted_us
),

-- one union of pauses alone, and one of everything that does not count, so that disputed time inside a pause is paused
kinds as (
    select target_no, is_headline, 'paused' as kind, from_us, until_us
    from pieces
    where is_paused and from_us < until_us
    union all
    select target_no, is_headline, 'all' as kind, from_us, until_us
    from pieces
    where from_us < until_us
),

placed as (
    select
        *,
        max(until_us) over (
            partition by target_no, is_headline, kind order by from_us, until_us rows between unbounded preceding and 1 preceding
        ) as reached_us
    from kinds
),

numbered as (
    select
        *,
        count(*) filter (where reached_us is null or from_us > reached_us) over (
            partition by target_no, is_headline, kind order by from_us, until_us rows unbounded preceding
        ) as run_no
    from placed
)

select
    target_no,
    is_headline,
    kind,
    min(from_us) as from_us,
    max(until_us) as until_us
from numbered
group by target_no, is_headline, kind, run_no
