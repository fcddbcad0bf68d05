-- builds  measured.component_segments (working table): one row per scope, stratum, component and span in which something is the matter.
--         `level` says what: 1 unmeasured, 2 under pre-approved maintenance, 3 down but excluded, 4 down but disputed, 5 down and counted
-- reads   outage pieces, exclusions and unmeasured spans of the parts, for every variant of them, and where a side's position departs from them
-- rule    R-AV2 union before measure; R-EX1 exclusions come off once, wherever they overlap; R-DI1 open disputes are held out of the headline;
--         R-EX2 approved maintenance leaves in full, other exclusions only where something was down; R-GR8 unmeasured time that counts as down
--         weighs in full. K4: what a position denies was up, what it asserts was down where no piece says so.
--         `weight_ppm` sums what is lost, in millionths of the service, or of one user where user minutes are counted
with variants as (
    select
        scope.scope_no,
        scope.part_no,
        scope.variant,
        scope.counted_dispute_id,
        scope.taken_out_id,
        scope.unmeasured_time,
        strata.stratum,
        strata.at_least
    from measured.scopes as scope
    inner join measured.strata as strata on scope.part_no = strata.part_no
),

spans as (
    select
        variant.scope_no,
        variant.stratum,
        piece.component_id,
        if(
            variant.counted_dispute_id = '*'
            or len(list_filter(piece.dispute_ids, lambda id: id is distinct from variant.counted_dispute_id)) = 0,
            'down',
            'held'
        ) as kind,
        piece.start_us,
        piece.end_us,
        piece.weight_ppm
    from variants as variant
    inner join measured.outage_pieces as piece on variant.part_no = piece.part_no and variant.at_least <= piece.weight_ppm
    union all
    select
        variant.scope_no,
        variant.stratum,
        exclusion.component_id,
        if(exclusion.type = 'pre_approved_maintenance', 'maintained', 'excluded') as kind,
        exclusion.start_us,
        exclusion.end_us,
        0 as weight_ppm
    from variants as variant
    inner join measured.part_exclusions as exclusion on variant.part_no = exclusion.part_no
    where
        exclusion.status = 'applied'
        or variant.taken_out_id = exclusion.exclusion_id
        or (variant.taken_out_id = '*' and exclusion.status = 'requested')
        or (variant.taken_out_id = 'own' and exclusion.is_own_request)
    union all
    select
        variant.scope_no,
        variant.stratum,
        unmeasured.component_id,
        'unmeasured' as kind,
        unmeasured.start_us,
        unmeasured.end_us,
        if(variant.unmeasured_time = 'down', unmeasured.weight_ppm, 0) as weight_ppm
    from variants as variant
    inner join measured.part_unmeasured as unmeasured on variant.part_no = unmeasured.part_no
    union all
    select
        variant.scope_no,
        variant.stratum,
        position.component_id,
        position.kind,
        position.start_us,
        position.end_us,
        position.weight_ppm
    from variants as variant
    inner join measured.position_spans as position
        on
            variant.part_no = position.part_no
            and variant.variant = position.position
            and (position.kind = 'denied' or variant.at_least <= position.weight_ppm)
),

edges as (
    select
        scope_no,
        stratum,
        component_id,
        kind,
        unnest([start_us, end_us]) as edge_us,
        unnest([1, -1]) as step,
        unnest([weight_ppm, -weight_ppm]) as weight_step
    from spans
),

states as (
    select
        scope_no,
        stratum,
        component_id,
        edge_us as start_us,
        lead(edge_us) over so_far as end_us,
        coalesce(sum(step) filter (where kind = 'denied') over so_far, 0) > 0 as is_denied,
        coalesce(sum(step) filter (where kind = 'down') over so_far, 0) > 0 and not is_denied as is_down,
        coalesce(sum(step) filter (where kind = 'held') over so_far, 0) > 0 and not is_denied as is_held,
        coalesce(sum(step) filter (where kind = 'asserted') over so_far, 0) > 0 as is_asserted,
        sum(step) filter (where kind = 'maintained') over so_far as maintained_open,
        sum(step) filter (where kind in ('maintained', 'excluded')) over so_far as excluded_open,
        sum(step) filter (where kind = 'unmeasured') over so_far as unmeasured_open,
        coalesce(sum(weight_step) filter (where kind in ('down', 'unmeasured')) over so_far, 0)::bigint as reconciled_ppm,
        coalesce(sum(weight_step) filter (where kind = 'asserted') over so_far, 0)::bigint as asserted_ppm
    from edges
    window so_far as (partition by scope_no, stratum, component_id order by edge_us)
),

levels as (
    select
        scope_no,
        stratum,
        component_id,
        start_us,
        end_us,
        if(is_asserted and not is_down, asserted_ppm, reconciled_ppm) as weight_ppm,
        case
            when (is_down or is_held or is_asserted) and excluded_open > 0 then 3
            when is_down then 5
            when is_held then 4
            when is_asserted then 5
            when maintained_open > 0 then 2
            when unmeasured_open > 0 and not is_denied then 1
            else 0
        end as level
    from states
    where end_us > start_us
)

select
    scope_no,
    stratum,
    component_id,
    start_us,
    end_us,
    level,
    if(level in (1, 5), weight_ppm, 0) as weight_ppm
from levels
where level > 0
