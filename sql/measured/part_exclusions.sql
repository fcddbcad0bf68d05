-- builds  measured.part_exclusions (working table): one row per window part, exclusion and component it covers, clipped to the part
-- reads   exclusions as tested, for which measure, requests behind them, exclusion terms, the parts and their components
-- rule    R-EX1 only applied ones move a figure; requested ones are printed beside it (R-EX7), rejected ones with what they asked for (7.1);
--         an exclusion of a component covers the components below it in the same scope, and no other
with components as (
    select
        part_no,
        component_id,
        unnest(path) as covered_by_id
    from measured.part_nodes
),

own_requests as (
    select distinct raw_id
    from staged.exclusion_request
    where party = 'customer' and type = 'customer_caused'
),

own_terms as (
    select
        contract_version_id,
        measure_id,
        type
    from run.exclusion_terms
    where measure_id is not null
)

select
    component.part_no,
    component.component_id,
    exclusion.exclusion_id,
    exclusion.type,
    exclusion.status,
    exclusion.source_raw_id,
    exclusion.status = 'requested' and request.raw_id is not null as is_own_request,
    greatest(epoch_us(exclusion.start_at), part.start_us) as start_us,
    least(epoch_us(exclusion.end_at), part.end_us) as end_us
from components as component
inner join measured.parts as part on component.part_no = part.part_no
inner join reconciled.exclusions as exclusion
    on
        part.contract_version_id = exclusion.contract_version_id
        and component.covered_by_id = exclusion.component_id
        and part.end_us > epoch_us(exclusion.start_at)
        and part.start_us < epoch_us(exclusion.end_at)
left join reconciled.measure_exclusions as own on exclusion.exclusion_id = own.exclusion_id
left join own_terms as terms
    on
        part.contract_version_id = terms.contract_version_id
        and part.measure_id = terms.measure_id
        and exclusion.type = terms.type
left join own_requests as request on exclusion.source_raw_id = request.raw_id
where
    exclusion.start_at < exclusion.end_at
    -- of the measure's own terms where it has some, else of its contract's
    and own.measure_id is not distinct from terms.measure_id
