-- builds  measured.failed_requests (working table): one row per scope of a share of requests: requests that failed and count so, in millionths
-- reads   samples with failures, spans in which they count
-- rule    a sample that a span cuts lends its failures by time, cut off at a millionth of a request
with pieces as (
    select
        link.scope_no,
        piece.failed,
        piece.end_us - piece.start_us as length_us,
        greatest(piece.start_us, link.start_us) + link.axis_us as low,
        least(piece.end_us, link.end_us) + link.axis_us as high
    from measured.bad_pieces as piece
    inner join measured.scope_samples as link on piece.terms_no = link.terms_no and piece.component_id = link.component_id
    inner join measured.parts as part on link.part_no = part.part_no
    where part.kind = 'request_ratio' and piece.start_us < link.end_us and piece.end_us > link.start_us
)

select
    pieces.scope_no,
    sum(
        pieces.failed
        * (least(pieces.high, failing.high) - greatest(pieces.low, failing.low))
        // pieces.length_us
    )::hugeint as failed
from pieces
inner join measured.failing_spans as failing on pieces.low < failing.high and pieces.high > failing.low
group by pieces.scope_no
