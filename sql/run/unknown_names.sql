-- builds  run.unknown_names (working table): one row per contract version in force, measure and name that it applies to and no catalogue row has
-- reads   what each measure applies to, the windows of contract versions, the catalogue
-- rule    a promise that would silently never be measured is a fault
with named as (
    select
        contract_version_id,
        measure_id,
        'service' as kind,
        unnest(services) as name
    from run.measure_scopes
    union all
    select
        contract_version_id,
        measure_id,
        'component' as kind,
        unnest(components) as name
    from run.measure_scopes
)

select
    contract_version_id,
    measure_id,
    kind,
    name
from named
where
    contract_version_id in (select part.contract_version_id from run.version_windows as part)
    and case kind
        when 'service' then name not in (select entry.service_id from staged.service_catalogue as entry)
        else name not in (select entry.component_id from staged.service_catalogue as entry)
    end
