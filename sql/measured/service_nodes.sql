-- builds  measured.service_nodes (working table): one row per window, service and component below it, with the gate its outages feed
-- reads   the catalogue's tree as it stood last in the window, the windows of metrics
-- rule    R-CO2, as part_nodes has it for what a contract covers: here for the service as the catalogue has it, whatever contracts say
with recursive catalogue as (
    select
        span.period,
        entry.service_id,
        entry.component_id,
        entry.parent_id,
        entry.dependency,
        entry.k
    from staged.service_catalogue as entry
    inner join run.metric_windows as span on entry.valid_from < span.end_at and (entry.valid_to is null or entry.valid_to > span.start_at)
    qualify row_number() over (partition by span.period, entry.service_id, entry.component_id order by entry.valid_from desc) = 1
),

edges as (
    select
        entry.period,
        entry.service_id,
        entry.component_id,
        if(entry.component_id = entry.service_id, null, coalesce(parent.component_id, entry.service_id)) as parent_id,
        coalesce(entry.dependency, 'serial') as dependency,
        entry.k
    from catalogue as entry
    left join catalogue as parent
        on entry.period = parent.period and entry.service_id = parent.service_id and entry.parent_id = parent.component_id
),

children as (
    select
        period,
        service_id,
        parent_id as component_id,
        count(*) as children
    from edges
    where parent_id is not null
    group by period, service_id, parent_id
),

needs as (
    select
        edges.period,
        edges.service_id,
        edges.component_id,
        edges.parent_id,
        case
            when children.children is null or edges.dependency = 'serial' then 1
            when edges.dependency = 'parallel' then children.children
            else greatest(children.children - edges.k + 1, 1)
        end as need
    from edges
    left join children
        on edges.period = children.period and edges.service_id = children.service_id and edges.component_id = children.component_id
),

tree as (
    select
        period,
        service_id,
        component_id,
        component_id as gate_id,
        null::varchar as parent_gate_id,
        0 as depth,
        need
    from needs
    where parent_id is null
    union all
    select
        child.period,
        child.service_id,
        child.component_id,
        if(parent.need = 1 and child.need = 1, parent.gate_id, child.component_id) as gate_id,
        if(parent.need = 1 and child.need = 1, parent.parent_gate_id, parent.gate_id) as parent_gate_id,
        parent.depth + if(parent.need = 1 and child.need = 1, 0, 1) as depth,
        child.need
    from tree as parent
    inner join needs as child
        on parent.period = child.period and parent.service_id = child.service_id and parent.component_id = child.parent_id
)

select
    period,
    service_id,
    component_id,
    gate_id,
    parent_gate_id,
    depth,
    need
from tree
