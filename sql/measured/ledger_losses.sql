-- builds  measured.ledger_losses (working table): one row per counted span of the ledger of a mean of error rates: the mean share of it that is lost
-- reads   spans of the ledger, what pieces of samples lose, the parts
-- rule    tables.yml clock_ledger.weight, cut off at six decimals; both sides on one axis of part and time
with spans as (
    select
        span.scope_no,
        span.start_us,
        span.end_us - span.start_us as length_us,
        span.start_us + part.axis_us as low,
        span.end_us + part.axis_us as high
    from measured.ledger_spans as span
    inner join measured.parts as part on span.part_no = part.part_no
    where span.counted_as = 'counted' and part.kind = 'error_rate'
),

losses as (
    select
        piece.loss * 1000000 // piece.scale as lost_ppm,
        piece.start_us + part.axis_us as low,
        piece.end_us + part.axis_us as high
    from measured.interval_losses as piece
    inner join measured.parts as part on piece.part_no = part.part_no
)

select
    spans.scope_no,
    spans.start_us,
    millionths(
        least(sum((least(spans.high, losses.high) - greatest(spans.low, losses.low)) * losses.lost_ppm) // spans.length_us, 1000000)
    )::decimal(9, 6) as weight
from spans
inner join losses on spans.low < losses.high and spans.high > losses.low
group by spans.scope_no, spans.start_us, spans.length_us
