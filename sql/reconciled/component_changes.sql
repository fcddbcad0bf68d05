-- builds  reconciled.component_changes (working table): one row per change and component it touches
-- reads   changes, the components they name
-- rule    section 1 change-related; a name that no catalogue knows touches nothing (RC-D10)
select distinct
    change.change_key,
    listed.component_id,
    epoch_us(change.started_at) as start_us,
    epoch_us(change.ended_at) as end_us,
    listed.end_us as until_us
from staged.change as change
inner join reconciled.listed_components as listed on change.raw_id = listed.raw_id and change.entity = listed.entity
where listed.component_id is not null
