-- builds  measured.window_outages (working table): one row per counted run of downtime in the headline and if counted, with the incidents in it, of
--         contracts with clauses that look at several windows
-- reads   counted runs, scopes, parts, outage pieces, contracts with such clauses
-- rule    R-CH2 outages after union and exclusions; a part without disputes has the headline's runs in both columns
select
    part.contract_id,
    part.measure_id,
    part.service_id,
    part.scope,
    part.start_at as part_start_at,
    scope.variant,
    run.start_us,
    run.end_us,
    run.counted_us,
    coalesce(list(distinct piece.incident_id order by piece.incident_id) filter (where piece.incident_id is not null), []) as incident_ids
from measured.counted_runs as run
inner join measured.scopes as scope on run.scope_no = scope.scope_no
inner join measured.parts as part on scope.part_no = part.part_no
semi join measured.watched_contracts as watched on part.contract_id = watched.contract_id
left join measured.outage_pieces as piece
    on part.part_no = piece.part_no and run.start_us < piece.end_us and run.end_us > piece.start_us
where scope.variant in ('headline', 'if_counted')
group by
    part.contract_id,
    part.measure_id,
    part.service_id,
    part.scope,
    part.start_at,
    scope.variant,
    run.start_us,
    run.end_us,
    run.counted_us
