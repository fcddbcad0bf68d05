-- builds  staged.service_names (working table): one row per service and name by which sources may mean it
-- reads   the catalogue's services, components and aliases
-- rule    entities.yml identities: `*_raw` names are aliases, component ids or service ids
select
    service_id,
    component_id as name
from staged.service_catalogue
union
select
    service_id,
    unnest(aliases) as name
from staged.service_catalogue
union
select
    service_id,
    service_id as name
from staged.service_catalogue
