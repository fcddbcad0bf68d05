-- builds  measured.parts (working table): one row per measure of time or requests, service, scope and window part, with its terms, before variants.
--         `switch_reading` marks the whole window under one version: another reading of a text that is silent on a change inside it
-- reads   windows, measures and the components in their scope, versions whose text is silent
-- rule    R-TM3, R-VE1 windows and their parts; R-RD1 mid_window_switch; R-OP1 measured up to as_of while the window runs; R-CO3 one scope per
--         component by option
with scopes as (
    select
        contract_version_id,
        measure_id,
        service_id,
        'service' as scope,
        service_id as root_id
    from run.measures
    where kind in ('availability', 'error_rate', 'request_ratio', 'waiver') and composite <> 'per_component'
    union all
    select
        measure.contract_version_id,
        measure.measure_id,
        measure.service_id,
        'component=' || component.component_id as scope,
        component.component_id as root_id
    from run.measures as measure
    inner join run.measure_components as component
        on
            measure.contract_version_id = component.contract_version_id
            and measure.measure_id = component.measure_id
            and measure.service_id = component.service_id
    where measure.kind = 'availability' and measure.composite = 'per_component'
),

switches as (
    select
        version.contract_id,
        span.window_start_at,
        span.window_end_at,
        arg_min(span.contract_version_id, span.start_at) as first_version_id,
        arg_max(span.contract_version_id, span.start_at) as last_version_id,
        min(span.start_at) as start_at,
        max(span.end_at) as end_at
    from run.windows as span
    inner join run.contract_versions as version on span.contract_version_id = version.contract_version_id
    group by version.contract_id, span.window_start_at, span.window_end_at
    having count(distinct span.contract_version_id) > 1
),

readings as (
    select
        silent.contract_version_id,
        unnest([
            struct_pack(switch_reading := 'mid_window_switch=version_at_window_start', version_id := switches.first_version_id),
            struct_pack(switch_reading := 'mid_window_switch=version_at_window_end', version_id := switches.last_version_id)
        ]) as reading,
        switches.window_start_at,
        switches.start_at,
        switches.end_at
    from switches
    inner join measured.silent_switches as silent on switches.last_version_id = silent.contract_version_id
),

spans as (
    select
        contract_version_id,
        measure_id,
        service_id,
        period,
        window_start_at,
        window_end_at,
        start_at,
        end_at,
        null as switch_reading
    from run.windows
    union all
    select distinct
        span.contract_version_id,
        span.measure_id,
        span.service_id,
        span.period,
        span.window_start_at,
        span.window_end_at,
        other.start_at,
        other.end_at,
        other.reading.switch_reading
    from readings as other
    inner join run.windows as span
        on other.reading.version_id = span.contract_version_id and other.window_start_at = span.window_start_at
)

select
    row_number() over (
        order by
            scopes.contract_version_id, scopes.measure_id, scopes.service_id, scopes.scope, span.window_start_at, span.start_at, span.end_at,
            span.switch_reading
    ) as part_no,
    span.switch_reading,
    if(span.switch_reading is not null, null, short_id(
        'R',
        json_array(
            scopes.contract_version_id,
            scopes.measure_id,
            scopes.service_id,
            scopes.scope,
            instant_text(span.window_start_at),
            instant_text(span.start_at),
            'headline',
            'default'
        )::varchar
    )) as headline_id,
    measure.contract_id,
    scopes.contract_version_id,
    scopes.measure_id,
    measure.kind,
    scopes.service_id,
    measure.provider_id,
    scopes.scope,
    scopes.root_id,
    span.period,
    span.window_start_at,
    span.window_end_at,
    span.start_at,
    span.end_at as part_end_at,
    greatest(span.start_at, least(span.end_at, context.as_of)) as end_at,
    epoch_us(span.start_at) as start_us,
    epoch_us(span.end_at) as part_end_us,
    epoch_us(greatest(span.start_at, least(span.end_at, context.as_of))) as end_us,
    span.end_at > context.as_of as is_provisional,
    -- part and time on one axis: an instant of a part lies at instant + axis_us, so that joins of spans need no equality
    part_no * (max(end_us) over () - min(start_us) over () + 1) - min(start_us) over () as axis_us,
    measure.target,
    measure.comparator,
    measure.round_places,
    measure.round_mode,
    measure.service_hours,
    measure.denominator,
    measure.is_denominator_silent,
    measure.partial_period,
    measure.is_partial_period_silent,
    measure.unmeasured_time,
    measure.composite,
    measure.composite_k,
    measure.measured_by,
    measure.confirmed_by,
    measure.unavailable_rule <> 'severity' and (len(measure.measured_by) > 0 or measure.confirmed_by > 1) as is_by_rule,
    measure.unavailable_rule,
    measure.unavailable_states,
    measure.severity_at_least,
    measure.outage_clock_start,
    measure.granularity,
    measure.min_consecutive_us,
    measure.min_consecutive_comparator,
    measure.bridge_gap_us,
    measure.partial_outage,
    measure.weight_degraded,
    measure.weight_down,
    measure.overlap_weight,
    measure.stated_users
from scopes
inner join run.measures as measure
    on
        scopes.contract_version_id = measure.contract_version_id
        and scopes.measure_id = measure.measure_id
        and scopes.service_id = measure.service_id
inner join spans as span
    on
        scopes.contract_version_id = span.contract_version_id
        and scopes.measure_id = span.measure_id
        and scopes.service_id = span.service_id
cross join run.context as context
