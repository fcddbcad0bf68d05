-- builds  reconciled.component_paths (working table): one row per component and component above it on a dependency path, itself included
-- reads   the service catalogue
-- rule    DOMAIN 4.1 step 4. A component that names no parent hangs below its service's root; paths of all validity spans together
with recursive links as (
    select distinct
        component_id,
        coalesce(parent_id, service_id) as parent_id
    from staged.service_catalogue
    where parent_id is not null or component_id <> service_id
),

paths as (
    select
        component_id as ancestor_id,
        component_id
    from reconciled.components
    union
    select
        links.parent_id as ancestor_id,
        paths.component_id
    from paths
    inner join links on paths.ancestor_id = links.component_id
)

select
    ancestor_id,
    component_id
from paths
