-- builds  measured.recurrence: one row per incident with a cause key, as tables.yml has it
-- reads   recurrences of incidents
-- rule    M-03, decided once for incidents.recurrence_of and for this table
select
    incident_id,
    service_id,
    cause_key,
    previous_incident_id,
    gap_us,
    is_recurrent
from reconciled.recurrences
