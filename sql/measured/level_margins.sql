-- builds  measured.level_margins (working table): one row per headline of availability that is met or breached and counts time exactly: the most
--         downtime with which it is met (-1: never), and how much more or less would turn it
-- reads   judged results, their parts and scopes, applied exclusions
-- rule    K6, R-AV4: the greatest whole microsecond that still reaches the target, rounded first where the contract says so. Weights, runs, whole
--         minutes, bridged gaps, and a base that moves with the outage are no closed form: these are probed (tasks/measure/probing.py)
with moving_bases as (
    select distinct part_no
    from measured.part_exclusions
    where status = 'applied' and type <> 'pre_approved_maintenance'
),

headlines as (
    select
        result.scope_no,
        result.part_no,
        result.result_id,
        result.status,
        result.status_if_met,
        result.base_us,
        result.down_us,
        part.target,
        part.comparator,
        part.round_places,
        part.round_mode,
        -- units of a billionth of a half per cent, in which every rounding's edge is whole
        ppm(part.target)::hugeint * 2000 as target_units,
        2 * tens(9 - coalesce(part.round_places, 9)) as step_units
    from measured.results as result
    inner join measured.parts as part on result.part_no = part.part_no
    inner join measured.scopes as scope on result.scope_no = scope.scope_no
    where
        part.kind = 'availability'
        and result.variant = 'headline'
        and result.status in ('met', 'breached')
        and part.partial_outage = 'binary'
        and part.granularity = 'exact'
        and part.min_consecutive_us = 0
        and part.bridge_gap_us = 0
        and (scope.unmeasured_time <> 'remove_from_base' or result.unmeasured_us = 0)
        and (scope.denominator <> 'remove_from_both' or result.part_no not in (select part_no from moving_bases))
),

edges as (
    select
        *,
        case
            when round_places is null then target_units
            when comparator = 'gt' then (target_units // step_units + 1) * step_units
            else ((target_units + step_units - 1) // step_units) * step_units
        end
        - if(coalesce(round_mode, 'floor') in ('half_up', 'half_even'), step_units // 2, 0) as edge_units
    from headlines
),

bounds as (
    select
        *,
        if(edge_units > 200000000000, -1, base_us::hugeint * (200000000000 - edge_units) // 200000000000) as bound_us
    from edges
),

margins as (
    select
        *,
        case
            when bound_us < 0 then -1
            when reaches(base_us - bound_us, base_us, target, comparator, round_places, round_mode) then bound_us
            else bound_us - 1
        end::bigint as most_us
    from bounds
)

select
    scope_no,
    part_no,
    result_id,
    status,
    status_if_met,
    most_us,
    if(status = 'met', most_us - down_us + 1, down_us - most_us) as need_us
from margins
