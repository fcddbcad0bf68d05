-- builds  measured.gate_signals (working table): one row per scope, stratum and span that reaches the gate at the top of the scope, with its
--         level and the units it weighs there; `is_own`: of a component of that gate itself, not of a gate below
-- reads   states of components, the gates they feed, parts, users of the parts
-- rule    R-CO2 measured composites by interval algebra. Gates are swept from the deepest upwards: each round consumes the signals of the
--         deepest gates of every scope and sends what they amount to one gate higher. Levels nest, so a gate's level is the highest that
--         at least `need` units reach; where weights are summed, a gate at which they leave nothing lost is not down. A scope whose
--         components are all in series has one gate and needs no round.
with recursive gates as (
    select distinct
        node.part_no,
        node.gate_id,
        node.parent_gate_id,
        node.depth,
        node.need,
        part.partial_outage <> 'binary' and part.overlap_weight = 'sum_capped' as is_summed
    from measured.part_nodes as node
    inner join measured.parts as part on node.part_no = part.part_no
),

signals as (
    select
        segment.scope_no,
        scope.part_no,
        segment.stratum,
        node.gate_id,
        node.depth,
        segment.start_us,
        segment.end_us,
        segment.level,
        segment.weight_ppm,
        node.need as units,
        true as is_own
    from measured.component_segments as segment
    inner join measured.scopes as scope on segment.scope_no = scope.scope_no
    inner join measured.part_nodes as node on scope.part_no = node.part_no and segment.component_id = node.component_id
    union all
    (
        with waiting as (
            select
                *,
                max(depth) over (partition by scope_no) as deepest
            from signals
            where depth > 0
        ),

        edges as (
            select
                scope_no,
                part_no,
                stratum,
                gate_id,
                level,
                unnest([start_us, end_us]) as edge_us,
                is_own,
                unnest([units, -units]) as step,
                unnest([weight_ppm, -weight_ppm]) as weight_step
            from waiting
            where depth = deepest
        ),

        states as (
            select
                scope_no,
                part_no,
                stratum,
                gate_id,
                edge_us as start_us,
                lead(edge_us) over so_far as end_us,
                sum(step) filter (where level >= 1) over so_far as at_least_1,
                sum(step) filter (where level >= 2) over so_far as at_least_2,
                sum(step) filter (where level >= 3) over so_far as at_least_3,
                sum(step) filter (where level >= 4) over so_far as at_least_4,
                sum(step) filter (where level >= 5) over so_far as at_least_5,
                sum(weight_step) filter (where is_own) over so_far as own_ppm,
                sum(weight_step) filter (where not is_own) over so_far as below_ppm
            from edges
            window so_far as (partition by scope_no, stratum, gate_id order by edge_us)
        ),

        swept as (
            select
                states.scope_no,
                states.part_no,
                states.stratum,
                parent.gate_id,
                parent.depth,
                states.start_us,
                states.end_us,
                gate_weight(states.own_ppm, states.below_ppm, gate.need, coalesce(users.users, 1) * 1000000) as weight_ppm,
                highest_level(at_least_1, at_least_2, at_least_3, at_least_4, at_least_5, gate.need) as level_reached,
                if(gate.is_summed and level_reached = 5 and weight_ppm = 0, 0, level_reached) as level
            from states
            inner join gates as gate on states.part_no = gate.part_no and states.gate_id = gate.gate_id
            inner join gates as parent on gate.part_no = parent.part_no and gate.parent_gate_id = parent.gate_id
            left join measured.part_users as users
                on states.part_no = users.part_no and states.start_us >= users.start_us and states.start_us < users.end_us
            where states.end_us > states.start_us
        )

        select
            scope_no,
            part_no,
            stratum,
            gate_id,
            depth,
            start_us,
            end_us,
            level,
            weight_ppm,
            1 as units,
            false as is_own
        from swept
        where level > 0
        union all
        select
            scope_no,
            part_no,
            stratum,
            gate_id,
            depth,
            start_us,
            end_us,
            level,
            weight_ppm,
            units,
            is_own
        from waiting
        where depth < deepest
    )
)

select
    scope_no,
    stratum,
    start_us,
    end_us,
    level,
    weight_ppm,
    units,
    is_own
from signals
where depth = 0
