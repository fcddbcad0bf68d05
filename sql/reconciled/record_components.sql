-- builds  reconciled.record_components (working table): one row per record and component it stands on
-- reads   records, claims, episodes, components
-- rule    4.1 step 4: a record without component stands on the service's root component; episodes may span several
select
    record.record_no,
    claim.component_id,
    claim.service_id,
    coalesce(claim.has_component, false) as has_component
from reconciled.records as record
inner join reconciled.claims as claim on record.raw_id = claim.raw_id
where record.entity <> 'episode' and claim.component_id is not null
union all
select
    spread.record_no,
    component.component_id,
    component.service_id,
    true as has_component
from (
    select
        record.record_no,
        unnest(episode.component_keys) as component_key
    from reconciled.records as record
    inner join reconciled.episodes as episode on record.episode_no = episode.episode_no
    where record.entity = 'episode'
) as spread
inner join reconciled.components as component on spread.component_key = component.component_id
