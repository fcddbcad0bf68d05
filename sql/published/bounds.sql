-- builds  published.bounds (working table): one row per told incident and bound (start, end): which record fixed it
-- reads   provenance of occurred and restored
-- rule    4.2: every field names the record that won
select
    told.result_id,
    told.rank_no,
    provenance.incident_id,
    provenance.field,
    provenance.rule_id,
    provenance.winner_raw_id,
    provenance.candidates
from published.told_incidents as told
inner join reconciled.field_provenance as provenance on told.incident_id = provenance.incident_id
where told.rank_no <= 6 and provenance.field in ('occurred_at', 'restored_at')
