-- builds  measured.rule_gaps (working table): one row per window part, component and span that the rules a measure reads leave unmeasured, for
--         measures that name their rules or ask several to agree
-- reads   parts and their components, monitoring rules, states they delivered
-- rule    R-GR8: too few of its rules measured (with one to confirm: none did), and those that did not could have made enough. A rule that
--         delivers no samples, such as one that only raises alerts, measures nothing. Where error rates decide, a rule that measured could
--         have said so
with rules as (
    select
        node.part_no,
        node.component_id,
        rule.rule_id,
        greatest(epoch_us(rule.active_from), part.start_us) as start_us,
        least(coalesce(epoch_us(rule.active_to), part.end_us), part.end_us) as end_us
    from measured.parts as part
    inner join measured.part_nodes as node on part.part_no = node.part_no
    inner join staged.monitoring_rule as rule
        on
            node.component_id = rule.component_id
            and part.end_at > rule.active_from
            and (rule.active_to is null or part.start_at < rule.active_to)
    semi join reconciled.rule_states as run on rule.rule_id = run.rule_id
    where part.is_by_rule and (len(part.measured_by) = 0 or list_contains(part.measured_by, rule.rule_id))
),

samples as (
    select
        rules.part_no,
        rules.component_id,
        rules.rule_id,
        case
            when part.unavailable_rule <> 'monitoring_state' then true
            else list_contains(part.unavailable_states, run.state) or (part.partial_outage <> 'binary' and run.state <> 'up')
        end as is_unavailable,
        greatest(run.start_us, rules.start_us) as start_us,
        least(run.end_us, rules.end_us) as end_us
    from rules
    inner join measured.parts as part on rules.part_no = part.part_no
    inner join reconciled.rule_states as run
        on
            rules.rule_id = run.rule_id
            and rules.component_id = run.component_id
            and run.start_us < rules.end_us
            and run.end_us > rules.start_us
    where run.state in ('up', 'degraded', 'down')
),

edges as (
    select
        part_no,
        component_id,
        rule_id,
        unnest([start_us, end_us]) as edge_us,
        unnest([1, -1]) as active_step,
        0 as measured_step,
        0 as unavailable_step
    from rules
    union all
    select
        part_no,
        component_id,
        rule_id,
        unnest([start_us, end_us]) as edge_us,
        0 as active_step,
        unnest([1, -1]) as measured_step,
        unnest([is_unavailable::integer, -(is_unavailable::integer)]) as unavailable_step
    from samples
),

states as (
    select
        part_no,
        component_id,
        rule_id,
        edge_us,
        sum(active_step) over so_far > 0 as is_active,
        sum(measured_step) over so_far > 0 as is_measured,
        sum(unavailable_step) over so_far > 0 as is_unavailable,
        row_number() over (partition by part_no, component_id, rule_id, edge_us) as place
    from edges
    window so_far as (partition by part_no, component_id, rule_id order by edge_us)
),

-- what changes in one rule's word, so that the rules of a component can be counted
changes as (
    select
        part_no,
        component_id,
        edge_us,
        is_measured::integer - lag(is_measured::integer, 1, 0) over by_time as measured_step,
        (is_active and not is_measured)::integer
        - lag((is_active and not is_measured)::integer, 1, 0) over by_time as missing_step,
        is_unavailable::integer - lag(is_unavailable::integer, 1, 0) over by_time as unavailable_step
    from states
    where place = 1
    window by_time as (partition by part_no, component_id, rule_id order by edge_us)
),

steps as (
    select
        part_no,
        component_id,
        edge_us,
        sum(measured_step) as measured_step,
        sum(missing_step) as missing_step,
        sum(unavailable_step) as unavailable_step
    from changes
    group by part_no, component_id, edge_us
),

counts as (
    select
        part_no,
        component_id,
        edge_us as start_us,
        lead(edge_us) over so_far as end_us,
        sum(measured_step) over so_far as measured,
        sum(missing_step) over so_far as missing,
        sum(unavailable_step) over so_far as unavailable
    from steps
    window so_far as (partition by part_no, component_id order by edge_us)
)

select
    counts.part_no,
    counts.component_id,
    counts.start_us,
    counts.end_us
from counts
inner join measured.parts as part on counts.part_no = part.part_no
where counts.measured < part.confirmed_by and counts.unavailable + counts.missing >= part.confirmed_by
