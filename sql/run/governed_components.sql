-- builds  run.governed_components (working table): one row per contract version, measure, service, component in the measure's scope and span
--         in which it was so
-- reads   what each measure applies to, the catalogue
-- rule    applies_to of the contract language: services and components named, else every sla_governed service whose root is the
--         provider's; of those the components of the regions and classes named (a component without its own has its root's). The root is
--         always in scope
with roots as (
    select
        service_id,
        provider_id,
        sla_governed,
        component_region,
        component_class,
        valid_from,
        valid_to
    from staged.service_catalogue
    where component_id = service_id
),

named_components as (
    select
        contract_version_id,
        measure_id,
        unnest(components) as component_id
    from run.measure_scopes
    where len(services) = 0
),

services as (
    select
        contract_version_id,
        measure_id,
        unnest(services) as service_id
    from run.measure_scopes
    union
    select
        named_components.contract_version_id,
        named_components.measure_id,
        entry.service_id
    from named_components
    inner join staged.service_catalogue as entry on named_components.component_id = entry.component_id
    union
    select
        scope.contract_version_id,
        scope.measure_id,
        roots.service_id
    from run.measure_scopes as scope
    inner join roots on scope.provider_id = roots.provider_id
    where len(scope.services) = 0 and len(scope.components) = 0 and roots.sla_governed
),

matches as (
    select
        scope.contract_version_id,
        scope.measure_id,
        entry.service_id,
        entry.component_id,
        greatest(roots.valid_from, entry.valid_from) as start_at,
        least(roots.valid_to, entry.valid_to) as end_at
    from services
    inner join run.measure_scopes as scope
        on services.contract_version_id = scope.contract_version_id and services.measure_id = scope.measure_id
    inner join roots on services.service_id = roots.service_id
    inner join staged.service_catalogue as entry on services.service_id = entry.service_id
    where
        (len(scope.services) + len(scope.components) > 0 or (roots.provider_id = scope.provider_id and roots.sla_governed))
        and (len(scope.components) = 0 or list_contains(scope.components, entry.component_id))
        and (len(scope.regions) = 0 or list_contains(scope.regions, coalesce(entry.component_region, roots.component_region)))
        and (len(scope.classes) = 0 or list_contains(scope.classes, coalesce(entry.component_class, roots.component_class)))
)

select distinct
    contract_version_id,
    measure_id,
    service_id,
    unnest([component_id, service_id]) as component_id,
    start_at,
    end_at
from matches
where end_at is null or start_at < end_at
