-- builds  reconciled.incident_aliases: one row per id that no longer leads, as tables.yml has it
-- reads   records of incidents
-- rule    2.1 identity: a merge takes the older founder; the other records would each have founded an incident of their own
select
    'I-' || base32_12(sha256(first_raw_id)) as alias_incident_id,
    incident_id,
    'merged' as reason,
    greatest(founder_recorded_from, first_recorded_from) as since_at
from reconciled.incident_records
where is_founding and first_raw_id <> founder_raw_id
