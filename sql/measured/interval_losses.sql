-- builds  measured.interval_losses (working table): one row per scope of a mean of error rates and span that loses a rate of its time
-- reads   pieces of failing samples, spans in which they count
-- rule    R-GR6 (E60): each interval weighs by its time that counts and loses its error rate of it
with pieces as (
    select
        link.scope_no,
        link.axis_us,
        piece.loss_num,
        piece.loss_den,
        greatest(piece.start_us, link.start_us) + link.axis_us as low,
        least(piece.end_us, link.end_us) + link.axis_us as high
    from measured.bad_pieces as piece
    inner join measured.scope_samples as link on piece.terms_no = link.terms_no and piece.component_id = link.component_id
    where piece.loss_num is not null and piece.start_us < link.end_us and piece.end_us > link.start_us
)

select
    pieces.scope_no,
    pieces.loss_num,
    pieces.loss_den,
    greatest(pieces.low, failing.low) - pieces.axis_us as start_us,
    least(pieces.high, failing.high) - pieces.axis_us as end_us
from pieces
inner join measured.failing_spans as failing on pieces.low < failing.high and pieces.high > failing.low
