-- builds  measured.scope_incidents (working table): one row per scope and incident whose outages meet counted downtime; incident_id null: some
--         that no incident tells of do
-- reads   counted runs, outage pieces, what positions assert, scopes
-- rule    tables.yml sla_results.incident_ids. Scope and time are packed into one axis, so that a dense service costs what its overlaps cost
with runs as (
    select
        run.scope_no,
        run.start_us + scope.axis_us as low,
        run.end_us + scope.axis_us as high
    from measured.counted_runs as run
    inner join measured.scopes as scope on run.scope_no = scope.scope_no
),

pieces as (
    select
        piece.incident_id,
        piece.start_us + scope.axis_us as low,
        piece.end_us + scope.axis_us as high
    from measured.outage_pieces as piece
    inner join measured.scopes as scope on piece.part_no = scope.part_no
    where
        scope.counted_dispute_id = '*'
        or len(list_filter(piece.dispute_ids, lambda id: id is distinct from scope.counted_dispute_id)) = 0
    union all
    select
        position.incident_id,
        position.start_us + scope.axis_us as low,
        position.end_us + scope.axis_us as high
    from measured.position_spans as position
    inner join measured.scopes as scope on position.part_no = scope.part_no and position.position = scope.variant
    where position.kind = 'asserted'
)

select distinct
    runs.scope_no,
    pieces.incident_id
from runs
inner join pieces on runs.low < pieces.high and runs.high > pieces.low
