-- builds  measured.credit_facts (working table): one row per result, missed target or window of targets that a credit may follow
--         from, with what the forms of credit read; `grain` says which: blocks are paid by target, pools and points by window
-- reads   judged results of availability and of attainment, missed targets, windows of targets, parts, counted runs, incidents behind them,
--         failures that none tells of, the service's active spans
-- rule    DOMAIN 3.8: forms read the exact value, counted downtime, each outage's length, and the causes of the incidents counted
with outages as (
    select
        scope_no,
        list(counted_us order by start_us) as outage_us
    from measured.counted_runs
    group by scope_no
),

-- outages that no incident tells of: an unknown cause, from the first to the last of them
alone as (
    select
        scope.scope_no,
        make_timestamptz(min(span.start_us)) as start_at,
        make_timestamptz(max(span.end_us)) as end_at
    from measured.outage_spans as span
    inner join measured.scopes as scope on span.part_no = scope.part_no
    where span.incident_id is null
    group by scope.scope_no
),

causes as (
    select
        link.scope_no,
        list(distinct incident.cause_key order by incident.cause_key) filter (where incident.cause_key is not null) as cause_keys,
        count(*) > count(incident.cause_key) as has_unknown_cause,
        list(coalesce(link.incident_id, '') order by link.incident_id) as incident_ids,
        list(coalesce(length.counted_us, 0) order by link.incident_id) as incident_us,
        list(coalesce(incident.occurred_at, alone.start_at) order by link.incident_id) as occurred_ats,
        list(coalesce(incident.restored_at, if(link.incident_id is null, alone.end_at, context.as_of)) order by link.incident_id)
            as restored_ats
    from measured.scope_incidents as link
    left join reconciled.incidents as incident on link.incident_id = incident.incident_id
    left join alone on link.scope_no = alone.scope_no and link.incident_id is null
    left join measured.incident_lengths as length
        on link.scope_no = length.scope_no and link.incident_id is not distinct from length.incident_id
    cross join run.context as context
    group by link.scope_no
),

activity as (
    select
        part_no,
        sum(end_us - start_us)::bigint as active_us
    from measured.active_spans
    group by part_no
),

missed as (
    select
        result.result_no,
        list(distinct incident.cause_key order by incident.cause_key) filter (where incident.cause_key is not null) as cause_keys,
        count(*) > count(incident.cause_key) as has_unknown_cause,
        list(target.incident_id order by target.target_no) as incident_ids,
        list(incident.occurred_at order by target.target_no) as occurred_ats,
        list(coalesce(incident.restored_at, context.as_of) order by target.target_no) as restored_ats
    from measured.attainment_results as result
    inner join measured.attainment_members as target
        on result.part_no = target.part_no and result.variant = target.variant and result.reading = target.reading
    inner join reconciled.incidents as incident on target.incident_id = incident.incident_id
    cross join run.context as context
    where target.status in ('breached', 'breached_open')
    group by result.result_no
),

blocked as (
    select distinct
        service_id,
        period
    from run.quality_blocks
    where blocks = 'credits'
)

select
    result.scope_no,
    result.part_no,
    part.switch_reading,
    result.result_id,
    []::varchar[] as target_ids,
    'result' as grain,
    result.variant,
    result.reading,
    result.is_published,
    part.contract_id,
    part.contract_version_id,
    part.measure_id,
    part.service_id,
    part.scope,
    part.provider_id,
    part.period,
    part.window_start_at,
    part.window_end_at,
    part.start_at,
    part.part_end_at,
    result.status,
    result.value_num,
    result.value_den,
    result.weighted_ppm_us,
    coalesce(outages.outage_us, []) as outage_us,
    coalesce(causes.cause_keys, []) as cause_keys,
    coalesce(causes.has_unknown_cause, false) or untold.part_no is not null as has_unknown_cause,
    coalesce(causes.incident_ids, []) as incident_ids,
    coalesce(causes.incident_us, []) as incident_us,
    coalesce(causes.occurred_ats, []) as occurred_ats,
    coalesce(causes.restored_ats, []) as restored_ats,
    coalesce(activity.active_us, 0) as active_us,
    blocked.service_id is not null as is_credit_blocked
from measured.results as result
inner join measured.parts as part on result.part_no = part.part_no
left join outages on result.scope_no = outages.scope_no
left join causes on result.scope_no = causes.scope_no
left join activity on result.part_no = activity.part_no
left join measured.untold_failures as untold on result.part_no = untold.part_no
left join blocked on part.service_id = blocked.service_id and part.period = blocked.period
where result.variant not in ('unknown_as_down', 'request')
union all
select
    result.result_no + (select coalesce(max(timed.scope_no), 0) from measured.scopes as timed) as scope_no,
    result.part_no,
    null as switch_reading,
    result.result_id,
    []::varchar[] as target_ids,
    'result' as grain,
    result.variant,
    result.reading,
    true as is_published,
    result.contract_id,
    result.contract_version_id,
    result.measure_id,
    result.service_id,
    'service' as scope,
    result.provider_id,
    result.period,
    result.window_start_at,
    result.window_end_at,
    result.start_at,
    result.part_end_at,
    result.status,
    -- a share that the low-volume rule excuses has no value that tiers may read
    if(result.judged > 0 and not list_contains(result.flags, 'LOW_VOLUME'), result.met, null)::decimal(38, 0) as value_num,
    if(result.judged > 0 and not list_contains(result.flags, 'LOW_VOLUME'), result.judged, null)::decimal(38, 0) as value_den,
    0::decimal(38, 0) as weighted_ppm_us,
    []::bigint[] as outage_us,
    coalesce(missed.cause_keys, []) as cause_keys,
    coalesce(missed.has_unknown_cause, false) as has_unknown_cause,
    coalesce(missed.incident_ids, []) as incident_ids,
    -- of a share every missed incident has an equal part
    list_transform(coalesce(missed.incident_ids, []), lambda incident_id: 1::bigint) as incident_us,
    coalesce(missed.occurred_ats, []) as occurred_ats,
    coalesce(missed.restored_ats, []) as restored_ats,
    epoch_us(result.part_end_at) - epoch_us(result.start_at) as active_us,
    blocked.service_id is not null as is_credit_blocked
from measured.attainment_results as result
left join missed on result.result_no = missed.result_no
left join blocked on result.service_id = blocked.service_id and result.period = blocked.period
union all
select
    fact.fact_no
    + (select coalesce(max(timed.scope_no), 0) from measured.scopes as timed)
    + (select coalesce(max(share.result_no), 0) from measured.attainment_results as share) as scope_no,
    fact.place
    + (select coalesce(max(timed.part_no), 0) from measured.parts as timed)
    + (select count(*) from measured.attainment_parts) as part_no,
    null as switch_reading,
    null as result_id,
    [fact.target_id] as target_ids,
    'target' as grain,
    fact.variant,
    fact.reading,
    true as is_published,
    fact.contract_id,
    fact.contract_version_id,
    fact.measure_id,
    fact.service_id,
    'service' as scope,
    fact.provider_id,
    fact.period,
    fact.window_start_at,
    fact.window_end_at,
    fact.window_start_at as start_at,
    fact.window_end_at as part_end_at,
    if(fact.is_missed, 'breached', 'met') as status,
    if(fact.is_missed, 0, 1)::decimal(38, 0) as value_num,
    1::decimal(38, 0) as value_den,
    (fact.over_us::hugeint * 1000000)::decimal(38, 0) as weighted_ppm_us,
    []::bigint[] as outage_us,
    if(fact.is_missed and fact.cause_key is not null, [fact.cause_key], []) as cause_keys,
    fact.is_missed and fact.cause_key is null as has_unknown_cause,
    [fact.incident_id] as incident_ids,
    [fact.over_us] as incident_us,
    [fact.occurred_at] as occurred_ats,
    [fact.restored_at] as restored_ats,
    epoch_us(fact.window_end_at) - epoch_us(fact.window_start_at) as active_us,
    blocked.service_id is not null as is_credit_blocked
from measured.target_facts as fact
left join blocked on fact.service_id = blocked.service_id and fact.period = blocked.period
union all
select
    fact.fact_no
    + (select coalesce(max(timed.scope_no), 0) from measured.scopes as timed)
    + (select coalesce(max(share.result_no), 0) from measured.attainment_results as share)
    + (select coalesce(max(single.fact_no), 0) from measured.target_facts as single) as scope_no,
    fact.place
    + (select coalesce(max(timed.part_no), 0) from measured.parts as timed)
    + (select count(*) from measured.attainment_parts)
    + (select coalesce(max(single.place), 0) from measured.target_facts as single) as part_no,
    null as switch_reading,
    null as result_id,
    fact.target_ids,
    'target_window' as grain,
    fact.variant,
    fact.reading,
    true as is_published,
    fact.contract_id,
    fact.contract_version_id,
    fact.measure_id,
    fact.service_id,
    'service' as scope,
    fact.provider_id,
    fact.period,
    fact.window_start_at,
    fact.window_end_at,
    fact.start_at,
    fact.part_end_at,
    if(fact.met < fact.judged, 'breached', 'met') as status,
    fact.met::decimal(38, 0) as value_num,
    fact.judged::decimal(38, 0) as value_den,
    0::decimal(38, 0) as weighted_ppm_us,
    []::bigint[] as outage_us,
    fact.cause_keys,
    fact.has_unknown_cause,
    fact.incident_ids,
    list_transform(fact.incident_ids, lambda incident_id: 1::bigint) as incident_us,
    fact.occurred_ats,
    fact.restored_ats,
    epoch_us(fact.part_end_at) - epoch_us(fact.start_at) as active_us,
    blocked.service_id is not null as is_credit_blocked
from measured.target_windows as fact
left join blocked on fact.service_id = blocked.service_id and fact.period = blocked.period
