-- builds  measured.ledger_losses (working table): one row per span of the ledger of a mean of error rates: the mean share of it that is lost
-- reads   spans of the ledger, what spans of the scopes lose
-- rule    tables.yml clock_ledger.weight, cut off at six decimals; both sides on one axis of scope and time
with spans as (
    select
        span.scope_no,
        span.start_us,
        span.end_us - span.start_us as length_us,
        span.start_us + scope.axis_us as low,
        span.end_us + scope.axis_us as high
    from measured.ledger_spans as span
    inner join measured.scopes as scope on span.scope_no = scope.scope_no
    where span.counted_as = 'counted'
),

losses as (
    select
        span.loss_num * 1000000 // span.loss_den as lost_ppm,
        span.start_us + scope.axis_us as low,
        span.end_us + scope.axis_us as high
    from measured.interval_losses as span
    inner join measured.scopes as scope on span.scope_no = scope.scope_no
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
