-- builds  measured.failed_requests (working table): one row per scope of a share of requests: requests that failed and count so, in millionths
-- reads   samples with failures, spans in which none counts, ways of judging samples
-- rule    all failures of the part less those in excluded, disputed and closed time; a sample that a span cuts lends its failures by time, cut off
--         at a millionth of a request, never to our favour
with pieces as (
    select
        terms.part_no,
        piece.component_id,
        piece.failed,
        piece.end_us - piece.start_us as length_us,
        greatest(piece.start_us, terms.start_us) as start_us,
        least(piece.end_us, terms.end_us) as end_us
    from measured.bad_pieces as piece
    inner join measured.sample_terms as terms on piece.terms_no = terms.terms_no and piece.component_id = terms.component_id
    where terms.kind = 'request_ratio' and piece.start_us < terms.end_us and piece.end_us > terms.start_us
),

totals as (
    select
        part_no,
        sum(failed * (end_us - start_us) // length_us)::hugeint as failed
    from pieces
    group by part_no
),

placed as (
    select
        link.scope_no,
        piece.failed,
        piece.length_us,
        piece.start_us + link.axis_us as low,
        piece.end_us + link.axis_us as high
    from pieces as piece
    inner join measured.scope_samples as link on piece.part_no = link.part_no and piece.component_id = link.component_id
    semi join measured.forgiven_spans as span on link.scope_no = span.scope_no and link.component_id = span.component_id
),

forgiven as (
    select
        placed.scope_no,
        sum(
            (placed.failed * (least(placed.high, span.high) - greatest(placed.low, span.low)) + placed.length_us - 1) // placed.length_us
        )::hugeint as failed
    from placed
    inner join measured.forgiven_spans as span on placed.low < span.high and placed.high > span.low
    group by placed.scope_no
)

select
    scope.scope_no,
    greatest(totals.failed - coalesce(forgiven.failed, 0), 0) as failed
from measured.scopes as scope
inner join totals on scope.part_no = totals.part_no
left join forgiven on scope.scope_no = forgiven.scope_no
