-- builds  run.measure_components: one row per contract version, measure, service and component in scope while the run looks: the period and
--         every window that it lists
-- reads   the governed components, the windows of contract versions
-- rule    applies_to of the contract language; a component that left the catalogue before is no child of a gate
with looked_at as (
    select
        least(context.period_start_at, min(part.start_at)) as start_at,
        greatest(context.period_end_at, max(part.end_at)) as end_at
    from run.context as context
    left join run.version_windows as part on true
    group by context.period_start_at, context.period_end_at
)

select distinct
    governed.contract_version_id,
    governed.measure_id,
    governed.service_id,
    governed.component_id
from run.governed_components as governed
inner join looked_at on governed.start_at < looked_at.end_at and (governed.end_at is null or governed.end_at > looked_at.start_at)
