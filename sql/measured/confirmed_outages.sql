-- builds  measured.confirmed_outages (working table): one row per window part, incident, component and span in which enough of the rules that the
--         measure reads say unavailable, for measures that name their rules or ask several to agree
-- reads   outages as single rules saw them, the parts and their components
-- rule    R-GR8 measured_by, confirmed_by: n rules must say so at the same instant; what n of them lose is the n-th largest of their shares.
--         `state` is down where n of them say down
with said as (
    select
        part.part_no,
        part.confirmed_by,
        outage.component_id,
        outage.incident_id,
        outage.rule_id,
        outage.state,
        outage.weight,
        outage.affected_users,
        epoch_us(outage.start_at) as start_us,
        epoch_us(coalesce(outage.end_at, part.end_at)) as end_us
    from measured.parts as part
    inner join measured.part_nodes as node on part.part_no = node.part_no
    inner join reconciled.rule_outages as outage
        on
            node.component_id = outage.component_id
            and part.end_at > outage.start_at
            and (outage.end_at is null or part.start_at < outage.end_at)
    where
        part.is_by_rule
        and part.unavailable_rule = 'monitoring_state'
        and (len(part.measured_by) = 0 or list_contains(part.measured_by, outage.rule_id))
        and (part.partial_outage <> 'binary' or list_contains(part.unavailable_states, outage.state))
),

cuts as (
    select distinct
        part_no,
        component_id,
        unnest([start_us, end_us]) as cut_us
    from said
),

pieces as (
    select
        part_no,
        component_id,
        cut_us as start_us,
        lead(cut_us) over (partition by part_no, component_id order by cut_us) as end_us
    from cuts
),

by_rule as (
    select
        piece.part_no,
        piece.component_id,
        piece.start_us,
        piece.end_us,
        said.confirmed_by,
        said.rule_id,
        max((said.state = 'down')::integer) as is_down,
        max(said.weight) as weight,
        if(count(*) = count(said.affected_users), max(said.affected_users), null) as affected_users
    from pieces as piece
    inner join said
        on
            piece.part_no = said.part_no
            and piece.component_id = said.component_id
            and piece.start_us >= said.start_us
            and piece.end_us <= said.end_us
    group by piece.part_no, piece.component_id, piece.start_us, piece.end_us, said.confirmed_by, said.rule_id
),

confirmed as (
    select
        part_no,
        component_id,
        start_us,
        end_us,
        list(is_down order by is_down desc)[confirmed_by] as is_down,
        list(weight order by weight desc)[confirmed_by] as weight,
        if(count(*) = count(affected_users), max(affected_users), null) as affected_users
    from by_rule
    group by part_no, component_id, start_us, end_us, confirmed_by
    having count(*) >= confirmed_by
)

select distinct
    confirmed.part_no,
    said.incident_id,
    confirmed.component_id,
    moment(confirmed.start_us) as start_at,
    moment(confirmed.end_us) as end_at,
    if(confirmed.is_down = 1, 'down', 'degraded') as state,
    confirmed.weight,
    confirmed.affected_users
from confirmed
inner join said
    on
        confirmed.part_no = said.part_no
        and confirmed.component_id = said.component_id
        and confirmed.start_us >= said.start_us
        and confirmed.end_us <= said.end_us
