-- builds  run.measures: one row per contract version, measure and service that it governs at any time
-- reads   the terms of each measure, the services it governs
-- rule    applies_to of the contract language
with governed as (
    select distinct
        contract_version_id,
        measure_id,
        service_id
    from run.governed_components
)

select
    governed.service_id,
    terms.*
from run.measure_terms as terms
inner join governed on terms.contract_version_id = governed.contract_version_id and terms.measure_id = governed.measure_id
