-- builds  measured.part_evidence (working table): one row per window part: what its figures rest on
-- reads   outage pieces, monitoring rules, the parts and their components
-- rule    R-GR8, E120: a component without a rule of its own or above it is measured on alert, ticket or vendor: flag NO_MONITORING;
--         R-OP1 an outage open at the window's end
with watched as (
    select
        part_no,
        component_id,
        unnest(path) as watched_id
    from measured.part_nodes
),

rules as (
    select distinct
        watched.part_no,
        watched.component_id
    from watched
    inner join measured.parts as part on watched.part_no = part.part_no
    inner join staged.monitoring_rule as entry
        on
            watched.watched_id = entry.component_id
            and part.part_end_at > entry.active_from
            and (entry.active_to is null or part.start_at < entry.active_to)
            and (len(part.measured_by) = 0 or list_contains(part.measured_by, entry.rule_id))
),

monitoring as (
    select
        node.part_no,
        count(rules.component_id) as monitored,
        count(*) filter (where node.is_leaf and rules.component_id is null) as leaves_without_rule
    from measured.part_nodes as node
    left join rules on node.part_no = rules.part_no and node.component_id = rules.component_id
    group by node.part_no
),

outages as (
    select
        part_no,
        list(distinct basis order by basis) as bases,
        bool_or(is_open_at_window_end) as is_open_at_window_end
    from measured.outage_pieces
    group by part_no
)

select
    monitoring.part_no,
    monitoring.leaves_without_rule > 0 as is_without_monitoring,
    coalesce(outages.is_open_at_window_end, false) as is_open_at_window_end,
    case
        when outages.bases is null then if(monitoring.monitored > 0, 'monitoring', 'none')
        when len(outages.bases) = 1 and outages.bases[1] <> 'override' then outages.bases[1]
        else 'mixed'
    end as basis
from monitoring
left join outages on monitoring.part_no = outages.part_no
