-- builds  measured.target_spans (working table): the clock of every listed target, cut wherever it opens, closes, pauses or is disputed; the spans
--         tile [start, end) and each says what became of it
-- reads   listed targets, spans that do not count, open hours
-- rule    K3; R-BH1 a closed second is closed whatever else it is; R-PA1 paused, R-DI1 disputed, else counted (R-CL3)
with ends as (
    select
        target.target_no,
        target.service_hours,
        target.start_us,
        target.end_us,
        first.span_no as first_no
    from measured.listed_targets as target
    asof inner join measured.clock_hours as first on target.service_hours = first.calendar_id and target.start_us < first.end_us
    where target.start_us < target.end_us
),

numbered as (
    select
        ends.target_no,
        ends.service_hours,
        unnest(range(ends.first_no, last.span_no + 1)) as span_no
    from ends
    asof inner join measured.clock_hours as last on ends.service_hours = last.calendar_id and ends.end_us > last.start_us
),

spans as (
    select
        target_no,
        'all' as kind,
        start_us,
        end_us
    from ends
    union all
    select
        numbered.target_no,
        'open' as kind,
        greatest(hours.start_us, ends.start_us) as start_us,
        least(hours.end_us, ends.end_us) as end_us
    from numbered
    inner join measured.clock_hours as hours on numbered.service_hours = hours.calendar_id and numbered.span_no = hours.span_no
    inner join ends on numbered.target_no = ends.target_no
    union all
    select
        span.target_no,
        if(span.is_paused, 'paused', 'disputed') as kind,
        span.from_us as start_us,
        span.until_us as end_us
    from measured.uncounted_spans as span
    semi join ends on span.target_no = ends.target_no
    where span.is_headline
),

edges as (
    select
        target_no,
        kind,
        unnest([start_us, end_us]) as edge_us,
        unnest([1, -1]) as step
    from spans
),

states as (
    select
        target_no,
        edge_us as start_us,
        lead(edge_us) over so_far as end_us,
        coalesce(sum(step) filter (where kind = 'open') over so_far, 0) > 0 as is_open,
        coalesce(sum(step) filter (where kind = 'paused') over so_far, 0) > 0 as is_paused,
        coalesce(sum(step) filter (where kind = 'disputed') over so_far, 0) > 0 as is_disputed
    from edges
    window so_far as (partition by target_no order by edge_us)
)

select
    target_no,
    start_us,
    end_us,
    case when not is_open then 'closed' when is_paused then 'paused' when is_disputed then 'disputed' else 'counted' end as counted_as,
    case when not is_open then 'R-BH1' when is_paused then 'R-PA1' when is_disputed then 'R-DI1' else 'R-CL3' end as rule_id
from states
where end_us > start_us
