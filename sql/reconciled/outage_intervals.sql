-- builds  reconciled.outage_intervals: one row per incident, component, weight and span, as tables.yml has it
-- reads   settled outages
-- rule    RC-P1: what all records together say; what single rules saw stands in rule_outages
select
    incident_id,
    component_id,
    start_at,
    end_at,
    state,
    weight,
    basis,
    extended_by,
    raw_ids
from reconciled.settled_outages
where rule_id is null
