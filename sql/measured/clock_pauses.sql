-- builds  measured.clock_pauses (working table): one row per judged severity of a clock, column of the report and run of time that does not
--         count, in counted time since the clock's start. `is_headline`: open disputes are held out too
-- reads   pauses and their evidence, spans of disputes, clock spans and their limits, open hours
-- rule    R-PA1 only for reasons the contract allows, unioned, within [start, end); a closed second is closed and not paused. R-PA2 from the
--         request to the end of the state. R-DI1 disputed time counts in no headline; what a disputing party was granted counts nowhere
with requests as (
    select raw_id, epoch_us(sent_at) as sent_us
    from staged.communication_event
    union all
    select raw_id, epoch_us(changed_at) as sent_us
    from staged.ticket_history
    where field = 'comment'
),

pauses as (
    select
        pause.incident_id,
        pause.reason,
        greatest(epoch_us(pause.start_at), request.sent_us) as from_us,
        coalesce(epoch_us(pause.end_at), never_us()) as until_us
    from reconciled.pause_intervals as pause
    inner join requests as request on pause.evidence_raw_id = request.raw_id
),

spans as (
    select
        span.target_no,
        true as is_paused,
        unnest([true, false]) as is_headline,
        pauses.from_us,
        pauses.until_us
    from measured.clock_spans as span
    inner join pauses on span.incident_id = pauses.incident_id and list_contains(span.pause_reasons, pauses.reason)
    union all
    select
        span.target_no,
        false as is_paused,
        unnest(if(dispute.standing = 'conceded', [true, false], [true])) as is_headline,
        dispute.start_us as from_us,
        dispute.end_us as until_us
    from measured.clock_spans as span
    inner join measured.dispute_spans as dispute on span.incident_id = dispute.incident_id
    where dispute.part_no is null and dispute.scope in ('whole', 'portion') and dispute.standing in ('open', 'conceded')
),

clipped as (
    select
        row_number() over (order by spans.target_no, spans.is_headline, spans.is_paused, spans.from_us, spans.until_us) as piece_no,
        spans.target_no,
        spans.is_headline,
        spans.is_paused,
        span.service_hours,
        greatest(spans.from_us, span.start_us) as from_us,
        least(spans.until_us, span.end_us) as until_us
    from spans
    inner join measured.clock_spans as span on spans.target_no = span.target_no
    where greatest(spans.from_us, span.start_us) < least(spans.until_us, span.end_us)
),

instants as (
    unpivot (select piece_no, service_hours, from_us, until_us from clipped)
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
        clipped.target_no,
        clipped.is_headline,
        clipped.is_paused,
        coalesce(max(counted.counted_us) filter (where counted.which = 'from_us'), 0) - limits.start_counted_us as from_us,
        coalesce(max(counted.counted_us) filter (where counted.which = 'until_us'), 0) - limits.start_counted_us as until_us
    from clipped
    inner join counted on clipped.piece_no = counted.piece_no
    inner join measured.clock_limits as limits on clipped.target_no = limits.target_no
    group by clipped.piece_no, clipped.target_no, clipped.is_headline, clipped.is_paused, limits.start_counted_us
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
