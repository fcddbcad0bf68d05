-- builds  measured.scope_edges (working table): one row per scope, stratum and instant at which something begins or ends: steps of the window,
--         of service hours, of the service's active period, and of the levels that reach the scope's gate. Every scope has its window's edges,
--         so that a quiet month is a row with 0
-- reads   scopes and parts, calendar hours, active spans, signals at the gate
-- rule    R-AV1 agreed service time = window ∩ service hours ∩ active period (∩ time before as_of while the window runs); R-AV3 clip
with windows as (
    select
        scope.scope_no,
        strata.stratum,
        scope.part_no,
        part.start_us,
        part.end_us,
        part.service_hours
    from measured.scopes as scope
    inner join measured.parts as part on scope.part_no = part.part_no
    inner join measured.strata as strata on scope.part_no = strata.part_no
),

agreed as (
    select
        scope_no,
        stratum,
        'window' as kind,
        start_us,
        end_us
    from windows
    union all
    select
        scope_no,
        stratum,
        'hours' as kind,
        start_us,
        end_us
    from windows
    where service_hours = '24x7'
    union all
    select
        windows.scope_no,
        windows.stratum,
        'hours' as kind,
        greatest(epoch_us(hours.start_at), windows.start_us) as start_us,
        least(epoch_us(hours.end_at), windows.end_us) as end_us
    from windows
    inner join run.calendar_hours as hours
        on
            windows.service_hours = hours.calendar_id
            and windows.end_us > epoch_us(hours.start_at)
            and windows.start_us < epoch_us(hours.end_at)
    union all
    select
        windows.scope_no,
        windows.stratum,
        'active' as kind,
        active.start_us,
        least(active.end_us, windows.end_us) as end_us
    from windows
    inner join measured.active_spans as active on windows.part_no = active.part_no and windows.end_us > active.start_us
),

spans as (
    select
        scope_no,
        stratum,
        kind,
        start_us,
        end_us,
        0 as level,
        1 as units,
        false as is_own,
        0 as weight_ppm
    from agreed
    union all
    select
        scope_no,
        stratum,
        'state' as kind,
        start_us,
        end_us,
        level,
        units,
        is_own,
        weight_ppm
    from measured.gate_signals
)

select
    scope_no,
    stratum,
    kind,
    level,
    is_own,
    unnest([start_us, end_us]) as edge_us,
    unnest([units, -units]) as step,
    unnest([weight_ppm, -weight_ppm]) as weight_step
from spans
