-- builds  measured.lost_intervals (working table): one row per scope of a mean of error rates: microseconds lost, in units of 1 / scale
-- reads   what pieces of samples lose, spans in which no failure counts
-- rule    R-GR6: what all intervals of the part lose, less what they lose in excluded, disputed and closed time
with totals as (
    select
        part_no,
        min(scale) as scale,
        sum((end_us - start_us)::hugeint * loss)::hugeint as lost
    from measured.interval_losses
    group by part_no
),

placed as (
    select
        link.scope_no,
        piece.loss,
        piece.start_us + link.axis_us as low,
        piece.end_us + link.axis_us as high
    from measured.interval_losses as piece
    inner join measured.scope_samples as link on piece.part_no = link.part_no and piece.component_id = link.component_id
    semi join measured.forgiven_spans as span on link.scope_no = span.scope_no and link.component_id = span.component_id
),

forgiven as (
    select
        placed.scope_no,
        sum((least(placed.high, span.high) - greatest(placed.low, span.low))::hugeint * placed.loss)::hugeint as lost
    from placed
    inner join measured.forgiven_spans as span on placed.low < span.high and placed.high > span.low
    group by placed.scope_no
)

select
    scope.scope_no,
    totals.scale,
    totals.lost - coalesce(forgiven.lost, 0) as lost
from measured.scopes as scope
inner join totals on scope.part_no = totals.part_no
left join forgiven on scope.scope_no = forgiven.scope_no
