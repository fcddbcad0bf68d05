-- builds  measured.uncounted_spans (working table): one row per judged severity of a clock, column of the report and span that does not count:
--         paused, or disputed, with the record that says so: the request to the customer, the dispute. `is_headline`: open disputes are
--         held out too
-- reads   pauses and their evidence, spans of disputes, clock spans
-- rule    R-PA1 only for reasons the contract allows, within [start, end). R-PA2 from the request to the end of the state. R-DI1 disputed time
--         counts in no headline; what a disputing party was granted counts nowhere
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
        request.raw_id,
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
        pauses.raw_id,
        pauses.from_us,
        pauses.until_us
    from measured.clock_spans as span
    inner join pauses on span.incident_id = pauses.incident_id and list_contains(span.pause_reasons, pauses.reason)
    union all
    select
        span.target_no,
        false as is_paused,
        unnest(if(dispute.standing = 'conceded', [true, false], [true])) as is_headline,
        record.raw_id,
        dispute.start_us as from_us,
        dispute.end_us as until_us
    from measured.clock_spans as span
    inner join measured.dispute_spans as dispute on span.incident_id = dispute.incident_id
    inner join staged.dispute as record on dispute.dispute_id = record.dispute_id
    where dispute.part_no is null and dispute.scope in ('whole', 'portion') and dispute.standing in ('open', 'conceded')
)

select
    row_number() over (order by spans.target_no, spans.is_headline, spans.is_paused, spans.from_us, spans.until_us, spans.raw_id) as piece_no,
    spans.target_no,
    spans.is_headline,
    spans.is_paused,
    spans.raw_id,
    span.service_hours,
    greatest(spans.from_us, span.start_us) as from_us,
    least(spans.until_us, span.end_us) as until_us
from spans
inner join measured.clock_spans as span on spans.target_no = span.target_no
where greatest(spans.from_us, span.start_us) < least(spans.until_us, span.end_us)
