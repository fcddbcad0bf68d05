-- builds  reconciled.outage_users (working table): one row per outage interval of which the vendor states how many users it hit
-- reads   settled outages
-- rule    R-PO3; the key is that of outage_intervals
select
    incident_id,
    component_id,
    start_at,
    weight,
    affected_users
from reconciled.settled_outages
where rule_id is null and affected_users is not null
