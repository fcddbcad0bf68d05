-- builds  reconciled.impaired_pieces (working table): one row per incident, component and span that monitoring saw down or degraded by one share
-- reads   runs of incidents, shares that vendors and tickets state
-- rule    RC-P1: every down state, however short; where runs differ, be they of one rule or of several, down outranks degraded and the larger
--         share counts; 4.2 affected_fraction: monitoring, then vendor, then ticket; where nobody gave a share, down is 1 and degraded 0.
--         `affected_users` is the vendor's number where no sample gave a share. `is_first_down`, `is_last_down` mark the pieces that a
--         provider's admission may extend
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
        lead(edge_us) over by_time as end_us,
        row_number() over by_time as piece_no
    from edges
    window by_time as (partition by incident_id, component_key order by edge_us)
),

-- a run covers the pieces from the one that begins with it to the one that ends with it
spread as (
    select
        runs.incident_id,
        runs.component_key,
        if(runs.state = 'down', 1, 0) as is_down,
        coalesce(runs.affected_fraction, said.affected_fraction, if(runs.state = 'down', 1, 0)) as weight,
        if(runs.affected_fraction is null, said.affected_users, null) as affected_users,
        unnest(range(first.piece_no, beyond.piece_no)) as piece_no
    from reconciled.incident_runs as runs
    inner join pieces as first
        on runs.incident_id = first.incident_id and runs.component_key = first.component_key and runs.start_us = first.start_us
    inner join pieces as beyond
        on runs.incident_id = beyond.incident_id and runs.component_key = beyond.component_key and runs.end_us = beyond.start_us
    left join reconciled.affected_shares as said on runs.incident_id = said.incident_id
),

running as (
    select
        pieces.incident_id,
        pieces.component_key,
        pieces.start_us,
        pieces.end_us,
        max(spread.is_down) as is_down,
        max(spread.weight) as weight,
        if(count(*) = count(spread.affected_users), max(spread.affected_users), null) as affected_users
    from spread
    inner join pieces
        on spread.incident_id = pieces.incident_id and spread.component_key = pieces.component_key and spread.piece_no = pieces.piece_no
    group by pieces.incident_id, pieces.component_key, pieces.start_us, pieces.end_us
),

marked as (
    select
        running.*,
        (
            lag(end_us) over by_time is distinct from start_us
            or lag(is_down) over by_time is distinct from is_down
            or lag(weight) over by_time is distinct from weight
            or lag(affected_users) over by_time is distinct from affected_users
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
        affected_users,
        min(start_us) as start_us,
        max(end_us) as end_us
    from numbered
    group by incident_id, component_key, is_down, weight, affected_users, piece_no
)

select
    incident_id,
    component_key as component_id,
    if(is_down = 1, 'down', 'degraded') as state,
    weight,
    affected_users,
    start_us,
    end_us,
    is_down = 1 and row_number() over (partition by incident_id, component_key, is_down order by start_us) = 1 as is_first_down,
    is_down = 1 and row_number() over (partition by incident_id, component_key, is_down order by start_us desc) = 1 as is_last_down
from merged
