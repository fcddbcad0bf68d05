-- builds  reconciled.components (working table): one row per component of the catalogue, with the service it is at home in
-- reads   the service catalogue
-- rule    a component that several services list is at home where it is the root, else in the smallest service_id; numbers follow the ids
select
    component_id,
    coalesce(min(service_id) filter (where service_id = component_id), min(service_id)) as service_id,
    bool_or(sla_governed) as is_governed,
    row_number() over (order by component_id) as component_no
from staged.service_catalogue
group by component_id
