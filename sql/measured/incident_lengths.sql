-- builds  measured.incident_lengths (working table): one row per scope and incident whose outages meet counted downtime, with the time it counts
--         for, of measures that are claimed by incident
-- reads   counted runs, outage pieces, scopes and their parts, measures whose contract says one claim per incident
-- rule    R-AV2 what several components of one incident share counts once; what two incidents share counts for each: these are weights
with scopes as (
    select
        scope.scope_no,
        scope.part_no,
        scope.counted_dispute_id
    from measured.scopes as scope
    inner join measured.parts as part on scope.part_no = part.part_no
    semi join measured.incident_claims as claimed
        on part.contract_version_id = claimed.contract_version_id and part.measure_id = claimed.measure_id
),

meetings as (
    select
        run.scope_no,
        piece.incident_id,
        greatest(run.start_us, piece.start_us) as start_us,
        least(run.end_us, piece.end_us) as end_us
    from scopes
    inner join measured.counted_runs as run on scopes.scope_no = run.scope_no
    inner join measured.outage_pieces as piece
        on scopes.part_no = piece.part_no and run.start_us < piece.end_us and run.end_us > piece.start_us
    where
        scopes.counted_dispute_id = '*'
        or len(list_filter(piece.dispute_ids, lambda id: id is distinct from scopes.counted_dispute_id)) = 0
),

new_from as (
    select
        *,
        greatest(
            start_us,
            coalesce(
                max(end_us) over (
                    partition by scope_no, incident_id
                    order by start_us, end_us
                    rows between unbounded preceding and 1 preceding
                ),
                start_us
            )
        ) as new_us
    from meetings
)

select
    scope_no,
    incident_id,
    sum(greatest(end_us - new_us, 0))::bigint as counted_us
from new_from
group by scope_no, incident_id
