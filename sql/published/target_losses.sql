-- builds  published.target_losses (working table): one row per service and clock with a missed target: where the time went
-- reads   incident targets that the period lists
-- rule    K3: counted beyond the target, inside pauses that stopped the clock, outside service hours
select
    target.service_id,
    coalesce(names.name, target.service_id) as service_name,
    target.kind,
    count(*) filter (where target.status in ('breached', 'breached_open')) as missed,
    sum(target.over_us)::bigint as over_us,
    sum(target.paused_us)::bigint as paused_us,
    sum(target.closed_us)::bigint as closed_us
from measured.incident_targets as target
left join published.catalogue_names as names on target.service_id = names.component_id
group by target.service_id, names.name, target.kind
having count(*) filter (where target.status in ('breached', 'breached_open')) > 0
