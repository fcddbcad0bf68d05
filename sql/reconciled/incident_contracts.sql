-- builds  reconciled.incident_contracts (working table): one row per incident whose service has a provider: contract version and provider
-- reads   bounds and words of incidents, contract versions and measures, the catalogue
-- rule    4.2 provider: the contract in force at the start; an external provider's contract before an internal one's; without a contract the
--         catalogue's provider of the service. Incidents are named before anything is looked up: the planner may else begin with a range
--         join of bounds and catalogue, which grows with incidents × services
with named as materialized (
    select
        bounds.incident_id,
        bounds.occurred_us,
        words.service_id
    from reconciled.incident_bounds as bounds
    inner join reconciled.incident_words as words on bounds.incident_id = words.incident_id
),

governing as (
    select distinct
        measure.service_id,
        version.contract_version_id,
        version.provider_id,
        version.provider_role,
        epoch_us(version.effective_from) as start_us,
        coalesce(epoch_us(version.effective_to), never_us()) as end_us
    from run.measures as measure
    inner join run.contract_versions as version on measure.contract_version_id = version.contract_version_id
),

in_force as (
    select
        named.incident_id,
        governing.contract_version_id,
        governing.provider_id,
        governing.provider_role
    from named
    inner join governing
        on
            named.service_id = governing.service_id
            and named.occurred_us >= governing.start_us
            and named.occurred_us < governing.end_us
    qualify
        row_number() over (
            partition by named.incident_id
            order by governing.provider_role = 'internal_team', governing.contract_version_id
        ) = 1
),

catalogued as (
    select
        named.incident_id,
        entry.provider_id
    from named
    inner join staged.service_catalogue as entry
        on
            named.service_id = entry.service_id
            and named.service_id = entry.component_id
            and named.occurred_us >= epoch_us(entry.valid_from)
            and named.occurred_us < coalesce(epoch_us(entry.valid_to), never_us())
    where entry.provider_id is not null
    qualify row_number() over (partition by named.incident_id order by entry.valid_from desc, entry.provider_id asc) = 1
)

select
    coalesce(in_force.incident_id, catalogued.incident_id) as incident_id,
    in_force.contract_version_id,
    coalesce(in_force.provider_id, catalogued.provider_id) as provider_id,
    coalesce(in_force.provider_role = 'internal_team', false) as is_internal
from in_force
full join catalogued on in_force.incident_id = catalogued.incident_id
