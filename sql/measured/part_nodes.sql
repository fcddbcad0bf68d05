-- builds  measured.part_nodes (working table): one row per window part and component in its scope, with the gate its outages feed
-- reads   parts, components in scope, and the catalogue's tree as it stood last in the part
-- rule    R-CO2 interval algebra: a gate is down while at least `need` of what feeds it is down (serial 1, parallel all, k-of-n n - k + 1).
--         A component under a gate of need 1 whose own need is 1 shares that gate: a union of unions is a union. What a gate's own
--         component suffers brings the gate down whatever its children do.
with recursive catalogue as (
    select
        part.part_no,
        entry.component_id,
        entry.parent_id,
        entry.dependency,
        entry.k
    from measured.parts as part
    inner join staged.service_catalogue as entry
        on
            part.service_id = entry.service_id
            and part.part_end_at > entry.valid_from
            and (entry.valid_to is null or part.start_at < entry.valid_to)
    qualify row_number() over (partition by part.part_no, entry.component_id order by entry.valid_from desc) = 1
),

members as (
    select
        part.part_no,
        component.component_id,
        part.root_id,
        catalogue.parent_id,
        part.composite in ('parallel_intersection', 'k_of_n') as is_flat,
        component.component_id = part.root_id as is_root,
        case
            when part.composite = 'catalogue' then coalesce(catalogue.dependency, 'serial')
            when component.component_id <> part.root_id then 'serial'
            when part.composite = 'parallel_intersection' then 'parallel'
            when part.composite = 'k_of_n' then 'k_of_n'
            else 'serial'
        end as dependency,
        coalesce(part.composite_k, catalogue.k) as k
    from measured.parts as part
    inner join run.measure_components as component
        on
            part.contract_version_id = component.contract_version_id
            and part.measure_id = component.measure_id
            and part.service_id = component.service_id
            and (part.composite <> 'per_component' or part.root_id = component.component_id)
    left join catalogue on part.part_no = catalogue.part_no and component.component_id = catalogue.component_id
),

edges as (
    select
        member.part_no,
        member.component_id,
        case
            when member.is_root then null
            when member.is_flat or parent.component_id is null then member.root_id
            else parent.component_id
        end as parent_id,
        member.dependency,
        member.k
    from members as member
    left join members as parent on member.part_no = parent.part_no and member.parent_id = parent.component_id
),

children as (
    select
        part_no,
        parent_id as component_id,
        count(*) as children
    from edges
    where parent_id is not null
    group by part_no, parent_id
),

needs as (
    select
        edges.part_no,
        edges.component_id,
        edges.parent_id,
        children.children is null as is_leaf,
        case
            when children.children is null or edges.dependency = 'serial' then 1
            when edges.dependency = 'parallel' then children.children
            else greatest(children.children - edges.k + 1, 1)
        end as need
    from edges
    left join children on edges.part_no = children.part_no and edges.component_id = children.component_id
),

tree as (
    select
        part_no,
        component_id,
        is_leaf,
        component_id as gate_id,
        null::varchar as parent_gate_id,
        0 as depth,
        need,
        [component_id] as path
    from needs
    where parent_id is null
    union all
    select
        child.part_no,
        child.component_id,
        child.is_leaf,
        if(parent.need = 1 and child.need = 1, parent.gate_id, child.component_id) as gate_id,
        if(parent.need = 1 and child.need = 1, parent.parent_gate_id, parent.gate_id) as parent_gate_id,
        parent.depth + if(parent.need = 1 and child.need = 1, 0, 1) as depth,
        child.need,
        list_append(parent.path, child.component_id) as path
    from tree as parent
    inner join needs as child on parent.part_no = child.part_no and parent.component_id = child.parent_id
)

select
    part_no,
    component_id,
    is_leaf,
    gate_id,
    parent_gate_id,
    depth,
    need,
    path
from tree
