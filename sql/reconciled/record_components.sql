-- builds  reconciled.record_components (working table): one row per record and component it stands on
-- reads   records, claims, episodes, components
-- rule    4.1 step 4: a record without component stands on the service's root component; episodes may span several: a service's root beside
--         something below it says nothing about the place, else every record of the service would stand next to the episode
with spread as (
    select
        record.record_no,
        component.component_id,
        component.service_id
    from (
        select
            record_no,
            unnest(episode.component_keys) as component_key
        from reconciled.records as record
        inner join reconciled.episodes as episode on record.episode_no = episode.episode_no
        where record.entity = 'episode'
    ) as record
    inner join reconciled.components as component on record.component_key = component.component_id
),

smoke as (
    select distinct
        root.record_no,
        root.component_id
    from spread as root
    inner join reconciled.component_paths as path on root.component_id = path.ancestor_id and path.component_id <> path.ancestor_id
    inner join spread as below on root.record_no = below.record_no and path.component_id = below.component_id
    where root.component_id = root.service_id
)

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
    spread.component_id,
    spread.service_id,
    true as has_component
from spread
anti join smoke on spread.record_no = smoke.record_no and spread.component_id = smoke.component_id
