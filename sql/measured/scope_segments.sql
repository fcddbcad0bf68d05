-- builds  measured.scope_segments (working table): the window of every scope and stratum, cut wherever anything changes; the spans tile
--         [start, end). `level` as in component_segments, 0 = up, and 0 outside the active period where it is deemed up
-- reads   edges of the scopes, the gate at their top, parts, users of the parts
-- rule    R-AV1 agreed time; R-CO2 a level holds while at least `need` units reach it, and where weights are summed while they leave anything
--         lost; partial_period
with states as (
    select
        scope_no,
        stratum,
        edge_us as start_us,
        lead(edge_us) over so_far as end_us,
        sum(step) filter (where kind = 'hours') over so_far as hours_open,
        sum(step) filter (where kind = 'active') over so_far as active_open,
        sum(step) filter (where level >= 1) over so_far as at_least_1,
        sum(step) filter (where level >= 2) over so_far as at_least_2,
        sum(step) filter (where level >= 3) over so_far as at_least_3,
        sum(step) filter (where level >= 4) over so_far as at_least_4,
        sum(step) filter (where level >= 5) over so_far as at_least_5,
        sum(weight_step) filter (where is_own) over so_far as own_ppm,
        sum(weight_step) filter (where not is_own) over so_far as below_ppm
    from measured.scope_edges
    window so_far as (partition by scope_no, stratum order by edge_us)
),

top_gates as (
    select distinct
        node.part_no,
        node.need,
        part.partial_outage <> 'binary' and part.overlap_weight = 'sum_capped' as is_summed
    from measured.part_nodes as node
    inner join measured.parts as part on node.part_no = part.part_no
    where node.depth = 0
),

gated as (
    select
        states.scope_no,
        states.stratum,
        states.start_us,
        states.end_us,
        coalesce(states.hours_open > 0, false)
        and (coalesce(states.active_open > 0, false) or scope.partial_period = 'full_window_deemed_up') as is_agreed,
        if(
            coalesce(states.active_open > 0, false),
            highest_level(at_least_1, at_least_2, at_least_3, at_least_4, at_least_5, gate.need),
            0
        ) as level,
        gate_weight(states.own_ppm, states.below_ppm, gate.need, coalesce(users.users, 1) * 1000000) as weight_ppm,
        gate.is_summed
    from states
    inner join measured.scopes as scope on states.scope_no = scope.scope_no
    inner join top_gates as gate on scope.part_no = gate.part_no
    left join measured.part_users as users
        on scope.part_no = users.part_no and states.start_us >= users.start_us and states.start_us < users.end_us
    where states.end_us > states.start_us
)

select
    scope_no,
    stratum,
    start_us,
    end_us,
    is_agreed,
    if(is_summed and level = 5 and weight_ppm = 0, 0, level) as level,
    weight_ppm
from gated
