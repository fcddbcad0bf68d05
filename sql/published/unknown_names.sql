-- builds  published.unknown_names (working table): one row per open discrepancy about a name that the catalogue did not know, the ten most used,
--         with how many records use it and how many such names there are
-- reads   discrepancies
-- rule    RC-D10, 7.1 section 8: records of a service that nobody can find are told by the name they use
with names as (
    select
        discrepancy_id,
        source_system,
        field,
        observed as name,
        regexp_extract(expected, '\(records: (\d+)\)$', 1)::bigint as records
    from reconciled.discrepancies
    where type = 'REFERENCE_CONFLICT' and state = 'open' and starts_with(expected, 'a service_id,')
)

select
    discrepancy_id,
    source_system,
    field,
    name,
    records,
    count(*) over () as names
from names
qualify row_number() over (order by records desc, name, source_system, discrepancy_id) <= 10
