-- builds  measured.sla_results: one row per result version, as tables.yml has it
-- reads   judged results, incidents behind them, and whether another reading would change the money
-- rule    R-RD1 READINGS_DIFFER where verdict or amount depends on a reading; DOMAIN 3.2: printed words follow from status and flags
with incidents as (
    select
        scope_no,
        list(incident_id order by incident_id) as incident_ids
    from measured.scope_incidents
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
)

select
    flagged.result_id,
    1::bigint as result_version,
    null::varchar as supersedes,
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
    case flagged.status
        when 'insufficient_evidence' then 'insufficient evidence'
        when 'not_applicable' then 'not applicable'
        else flagged.status
    end
    || if(list_contains(flagged.flags, 'MET_ONLY_BY_DISPUTE'), ', dispute pending', '')
    || if(list_contains(flagged.flags, 'READINGS_DIFFER'), ', readings differ', '')
    || if(list_contains(flagged.flags, 'PROVISIONAL'), ', provisional', '') as wording,
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
