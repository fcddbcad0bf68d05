-- builds  measured.segment_shares (working table): one row per clock of option segment and span of severity in it: counted time before and in it,
--         and the share of targets used before and in it, over `share_den`
-- reads   clock spans and limits, spans of severity, terms of incidents, open hours, pauses
-- rule    R-SV1 segment: each severity consumes its share of its own target, the sum of elapsed / target (E110). Exact: the denominator is the
--         product of the targets in seconds
with pieces as (
    select
        span.target_no,
        span.service_hours,
        held.span_no,
        terms.target_us // 1000000 as target_s,
        greatest(coalesce(held.from_us, span.start_us), span.start_us) as from_us,
        least(coalesce(held.until_us, span.end_us), span.end_us) as until_us
    from measured.clock_spans as span
    inner join measured.clocks as clock on span.clock_no = clock.clock_no
    inner join measured.severity_spans as held on span.incident_id = held.incident_id and not held.is_void
    inner join run.incident_terms as terms
        on
            clock.contract_version_id = terms.contract_version_id
            and clock.measure_id = terms.measure_id
            and held.severity = terms.severity
    where
        span.severity_change = 'segment'
        and greatest(coalesce(held.from_us, span.start_us), span.start_us)
        <= least(coalesce(held.until_us, span.end_us), span.end_us)
),

instants as (
    unpivot (select target_no, span_no, service_hours, from_us, until_us from pieces)
    on from_us, until_us
    into name which value at_us
),

counted as (
    select
        instants.target_no,
        instants.span_no,
        instants.which,
        hours.counted_before_us + least(instants.at_us, hours.end_us) - hours.start_us as counted_us
    from instants
    asof left join measured.clock_hours as hours
        on instants.service_hours = hours.calendar_id and instants.at_us >= hours.start_us
),

placed as (
    select
        target_no,
        span_no,
        max(counted_us) filter (where which = 'from_us') as from_us,
        max(counted_us) filter (where which = 'until_us') as until_us
    from counted
    group by target_no, span_no
),

running as (
    select
        placed.target_no,
        placed.span_no,
        coalesce(placed.from_us, 0) - limits.start_counted_us as from_us,
        coalesce(placed.until_us, 0) - limits.start_counted_us as until_us
    from placed
    inner join measured.clock_limits as limits on placed.target_no = limits.target_no
),

paused as (
    select
        running.target_no,
        running.span_no,
        sum(greatest(least(running.from_us, pause.until_us) - pause.from_us, 0))::bigint as paused_before_us,
        sum(greatest(least(running.until_us, pause.until_us) - greatest(running.from_us, pause.from_us), 0))::bigint as paused_us
    from running
    inner join measured.clock_pauses as pause
        on running.target_no = pause.target_no and pause.kind = 'paused' and not pause.is_headline
    group by running.target_no, running.span_no
),

lengths as (
    select
        running.target_no,
        running.span_no,
        pieces.target_s,
        running.from_us - coalesce(paused.paused_before_us, 0) as before_us,
        running.until_us - running.from_us - coalesce(paused.paused_us, 0) as length_us
    from running
    inner join pieces on running.target_no = pieces.target_no and running.span_no = pieces.span_no
    left join paused on running.target_no = paused.target_no and running.span_no = paused.span_no
),

targets as (
    select distinct
        target_no,
        target_s
    from lengths
),

places as (
    select
        *,
        row_number() over (partition by target_no order by target_s) as place
    from targets
),

denominators as (
    select
        target_no,
        coalesce(max(target_s) filter (where place = 1), 1)::hugeint
        * coalesce(max(target_s) filter (where place = 2), 1)
        * coalesce(max(target_s) filter (where place = 3), 1)
        * coalesce(max(target_s) filter (where place = 4), 1) as share_den
    from places
    group by target_no
)

select
    lengths.target_no,
    lengths.span_no,
    lengths.target_s,
    lengths.length_us,
    denominators.share_den,
    lengths.before_us,
    -- in millionths of share_den, because lengths are microseconds and targets seconds
    lengths.length_us::hugeint * (denominators.share_den // lengths.target_s) as share,
    sum(lengths.length_us::hugeint * (denominators.share_den // lengths.target_s)) over so_far
    - lengths.length_us::hugeint * (denominators.share_den // lengths.target_s) as share_before,
    row_number() over (partition by lengths.target_no order by lengths.span_no desc) = 1 as is_last
from lengths
inner join denominators on lengths.target_no = denominators.target_no
window so_far as (partition by lengths.target_no order by lengths.span_no)
