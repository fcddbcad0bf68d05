-- builds  reconciled.alert_series (working table): one row per alerting series: a system's rule, component and fingerprint
-- reads   alerts
-- rule    DOMAIN 4.1 step 3; numbers follow the names, so that they never depend on the order of rows
select
    source_system,
    rule_id,
    component_raw,
    coalesce(fingerprint, '') as fingerprint,
    row_number() over (order by source_system, rule_id, component_raw, coalesce(fingerprint, '')) as series_no
from staged.alert
group by source_system, rule_id, component_raw, coalesce(fingerprint, '')
