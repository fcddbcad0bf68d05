-- builds  measured.ledger_incidents (working table): one row per span of a ledger and incident whose outages meet it
-- reads   spans of the ledger, outage pieces, the parts
-- rule    tables.yml clock_ledger.incident_ids; joined on one axis of part and time, so that a dense service costs what its overlaps cost
with spans as (
    select
        span.scope_no,
        span.start_us,
        span.start_us + part.axis_us as low,
        span.end_us + part.axis_us as high
    from measured.ledger_spans as span
    inner join measured.parts as part on span.part_no = part.part_no
    where span.counted_as not in ('closed', 'unmeasured') and span.rule_id <> 'R-AV1'
),

pieces as (
    select
        piece.incident_id,
        piece.start_us + part.axis_us as low,
        piece.end_us + part.axis_us as high
    from measured.outage_pieces as piece
    inner join measured.parts as part on piece.part_no = part.part_no
)

select distinct
    spans.scope_no,
    spans.start_us,
    pieces.incident_id
from spans
inner join pieces on spans.low < pieces.high and spans.high > pieces.low
