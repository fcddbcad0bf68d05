-- builds  reconciled.impaired_pieces (working table): one row per incident, component and span that monitoring saw down, or degraded by one share
-- reads   runs, vendor records and tickets of incidents
-- rule    RC-P1: every down state, however short; where rules differ down outranks degraded and the larger share counts; a share nobody gave
--         is 0. `is_first_down`, `is_last_down` mark the pieces that a provider's admission may extend
with edges as (
    select distinct
        incident_id,
        component_key,
        unnest([start_us, end_us]) as edge_us
    from reconciled.incident_runs
),

pieces as (
    select
        incident_id,
        component_key,
        edge_us as start_us,
        lead(edge_us) over (partition by incident_id, component_key order by edge_us) as end_us
    from edges
),

rules as (
    select distinct
        incident_id,
        component_key,
        source_system,
        rule_id
    from reconciled.incident_runs
),

-- the runs of one rule do not overlap: of those that began before a piece, the last one says whether it was still so
looked_up as (
    select
        pieces.incident_id,
        pieces.component_key,
        pieces.start_us,
        pieces.end_us,
        rules.source_system,
        rules.rule_id
    from pieces
    inner join rules on pieces.incident_id = rules.incident_id and pieces.component_key = rules.component_key
    where pieces.end_us is not null
),

-- 4.2 affected_fraction: monitoring, then vendor, then ticket
said as (
    select
        incident_id,
        min_by(affected_fraction, (place, raw_id)) as affected_fraction
    from (
        select incident_id, affected_fraction, 1 as place, raw_id from reconciled.incident_vendor_records
        union all
        select ticket.incident_id, snapshot.affected_fraction, 1 + ticket.rank_no as place, ticket.raw_id
        from reconciled.incident_tickets as ticket
        inner join staged.ticket as snapshot on ticket.raw_id = snapshot.raw_id
    )
    where affected_fraction is not null
    group by incident_id
),

running as (
    select
        looked_up.incident_id,
        looked_up.component_key,
        looked_up.start_us,
        looked_up.end_us,
        max(if(runs.state = 'down', 1, 0)) as is_down,
        max(if(runs.state = 'down', 1, coalesce(runs.affected_fraction, said.affected_fraction, 0))) as weight
    from looked_up
    asof inner join reconciled.incident_runs as runs
        on
            looked_up.incident_id = runs.incident_id
            and looked_up.component_key = runs.component_key
            and looked_up.source_system = runs.source_system
            and looked_up.rule_id = runs.rule_id
            and looked_up.start_us >= runs.start_us
    left join said on looked_up.incident_id = said.incident_id
    where runs.end_us >= looked_up.end_us
    group by looked_up.incident_id, looked_up.component_key, looked_up.start_us, looked_up.end_us
),

marked as (
    select
        running.*,
        (
            lag(end_us) over by_time is distinct from start_us
            or lag(is_down) over by_time is distinct from is_down
            or lag(weight) over by_time is distinct from weight
        )::bigint as begins_piece
    from running
    window by_time as (partition by incident_id, component_key order by start_us)
),

numbered as (
    select
        marked.*,
        sum(begins_piece) over (partition by incident_id, component_key order by start_us) as piece_no
    from marked
),

merged as (
    select
        incident_id,
        component_key,
        is_down,
        weight,
        min(start_us) as start_us,
        max(end_us) as end_us
    from numbered
    group by incident_id, component_key, is_down, weight, piece_no
)

select
    incident_id,
    component_key as component_id,
    if(is_down = 1, 'down', 'degraded') as state,
    weight,
    start_us,
    end_us,
    is_down = 1 and row_number() over (partition by incident_id, component_key, is_down order by start_us) = 1 as is_first_down,
    is_down = 1 and row_number() over (partition by incident_id, component_key, is_down order by start_us desc) = 1 as is_last_down
from merged
