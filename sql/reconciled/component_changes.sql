-- builds  reconciled.component_changes (working table): one row per change and component it touches
-- reads   changes, components
-- rule    section 1 change-related; components that no catalogue knows touch nothing
select
    change.change_key,
    change.component_id,
    change.start_us,
    change.end_us,
    change.until_us
from (
    select
        change_key,
        unnest(components) as component_id,
        epoch_us(started_at) as start_us,
        epoch_us(ended_at) as end_us,
        coalesce(epoch_us(ended_at), never_us()) as until_us
    from staged.change
) as change
semi join reconciled.components as component on change.component_id = component.component_id
