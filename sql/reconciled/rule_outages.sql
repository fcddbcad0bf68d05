-- builds  reconciled.rule_outages (working table): one row per incident, component, monitoring rule and span in which that rule saw it impaired
-- reads   settled outages
-- rule    R-GR8 measured_by, confirmed_by; empty where no measure asks what single rules say
select
    incident_id,
    component_id,
    rule_id,
    start_at,
    end_at,
    state,
    weight,
    affected_users
from reconciled.settled_outages
where rule_id is not null
