-- builds  measured.sla_results: one row per result version, as tables.yml has it
-- reads   judged results of availability and of attainment, incidents behind them, and whether another reading would change the money
-- rule    R-RD1 READINGS_DIFFER where verdict or amount depends on a reading; DOMAIN 3.2: printed words follow from status and flags
with incidents as (
    select
        scope_no,
        list(incident_id order by incident_id) as incident_ids
    from measured.scope_incidents
    where incident_id is not null
    group by scope_no
),

amounts as (
    select distinct unnest(sla_result_ids) as result_id
    from measured.credits
    where variant = 'headline' and list_contains(flags, 'READINGS_DIFFER')
),

flagged as (
    select
        result.* exclude (flags),
        if(
            amount.result_id is null,
            result.flags,
            list_sort(list_distinct(list_append(result.flags, 'READINGS_DIFFER')))
        ) as flags
    from measured.results as result
    left join amounts as amount on result.result_id = amount.result_id
    where result.is_published
),

results as (
    select
        flagged.result_id,
        part.contract_id,
        part.contract_version_id,
        part.measure_id,
        part.kind,
        part.service_id,
        part.scope,
        part.period,
        part.window_start_at,
        part.window_end_at,
        part.start_at,
        part.end_at,
        flagged.variant,
        flagged.reading,
        flagged.comparator,
        flagged.target,
        flagged.value_num,
        flagged.value_den,
        flagged.value_pct,
        flagged.status,
        flagged.agreed_us,
        flagged.down_us,
        flagged.excluded_us,
        flagged.disputed_us,
        flagged.unmeasured_us,
        flagged.allowance_us,
        flagged.outages,
        coalesce(incidents.incident_ids, []) as incident_ids,
        null::bigint as met,
        null::bigint as breached,
        null::bigint as breached_open,
        null::bigint as running,
        flagged.basis,
        flagged.flags
    from flagged
    inner join measured.parts as part on flagged.part_no = part.part_no
    left join incidents on flagged.scope_no = incidents.scope_no
    union all
    select
        result.result_id,
        result.contract_id,
        result.contract_version_id,
        result.measure_id,
        'attainment' as kind,
        result.service_id,
        'service' as scope,
        result.period,
        result.window_start_at,
        result.window_end_at,
        result.start_at,
        result.end_at,
        result.variant,
        result.reading,
        result.comparator,
        result.target,
        if(result.judged > 0, result.met, null)::decimal(38, 0) as value_num,
        if(result.judged > 0, result.judged, null)::decimal(38, 0) as value_den,
        floored_pct(result.met, result.judged) as value_pct,
        result.status,
        epoch_us(result.end_at) - epoch_us(result.start_at) as agreed_us,
        0 as down_us,
        0 as excluded_us,
        0 as disputed_us,
        0 as unmeasured_us,
        null as allowance_us,
        0 as outages,
        result.incident_ids,
        result.met,
        result.breached,
        result.breached_open,
        result.running,
        if(result.judged + result.running + result.unknown > 0, 'ticket', 'none') as basis,
        if(
            amount.result_id is null,
            result.flags,
            list_sort(list_distinct(list_append(result.flags, 'READINGS_DIFFER')))
        ) as flags
    from measured.attainment_results as result
    left join amounts as amount on result.result_id = amount.result_id
)

select
    result_id,
    1::bigint as result_version,
    null::varchar as supersedes,
    contract_id,
    contract_version_id,
    measure_id,
    kind,
    service_id,
    scope,
    period,
    window_start_at,
    window_end_at,
    start_at,
    end_at,
    variant,
    reading,
    comparator,
    target,
    value_num,
    value_den,
    value_pct,
    status,
    case status
        when 'insufficient_evidence' then 'insufficient evidence'
        when 'not_applicable' then 'not applicable'
        else status
    end
    || if(list_contains(flags, 'MET_ONLY_BY_DISPUTE'), ', dispute pending', '')
    || if(list_contains(flags, 'READINGS_DIFFER'), ', readings differ', '')
    || if(list_contains(flags, 'PROVISIONAL'), ', provisional', '') as wording,
    agreed_us,
    down_us,
    excluded_us,
    disputed_us,
    unmeasured_us,
    allowance_us,
    outages,
    incident_ids,
    met,
    breached,
    breached_open,
    running,
    basis,
    flags
from results
