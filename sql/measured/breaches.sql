-- builds  measured.breaches: one row per breached result or incident target, as tables.yml has it
-- reads   judged results of availability and of attainment, incident targets, reconciled incidents
-- rule    R-DI1 both columns: breached in the headline, breached if disputes count (where no dispute touches it, the headline says both)
with verdicts as (
    select
        part_no,
        min(result_id) filter (where variant = 'headline') as headline_id,
        bool_or(status = 'breached') filter (where variant = 'headline') as is_headline,
        coalesce(
            bool_or(status = 'breached') filter (where variant = 'if_counted'),
            bool_or(status = 'breached') filter (where variant = 'headline')
        ) as is_if_counted
    from measured.results
    group by part_no
),

breached as (
    select
        result.scope_no,
        result.part_no,
        result.target,
        result.allowance_us,
        result.value_num::hugeint as value_num,
        result.value_den::hugeint as value_den,
        (result.weighted_ppm_us::hugeint // 1000000)::bigint as weighted_us,
        verdicts.headline_id,
        verdicts.is_headline,
        verdicts.is_if_counted
    from verdicts
    inner join measured.results as result
        on
            verdicts.part_no = result.part_no
            and result.variant = if(verdicts.is_headline, 'headline', 'if_counted')
    where verdicts.is_headline or verdicts.is_if_counted
),

causes as (
    select
        link.scope_no,
        list(link.incident_id order by link.incident_id) filter (where link.incident_id is not null) as incident_ids,
        if(count(incident.cause_key) = count(*) and count(distinct incident.cause_key) = 1, min(incident.cause_key), null) as cause_key
    from measured.scope_incidents as link
    semi join breached on link.scope_no = breached.scope_no
    left join reconciled.incidents as incident on link.incident_id = incident.incident_id
    group by link.scope_no
)

select
    short_id('B', json_array(breached.headline_id)::varchar) as breach_id,
    'sla_result' as subject_kind,
    breached.headline_id as sla_result_id,
    null::varchar as target_id,
    part.contract_id,
    part.contract_version_id,
    part.measure_id,
    part.service_id,
    part.period,
    null::varchar as severity,
    coalesce(causes.incident_ids, []) as incident_ids,
    causes.cause_key,
    if(breached.allowance_us is null, null, greatest(breached.weighted_us - breached.allowance_us, 0)) as over_us,
    millionths((ppm(breached.target) * breached.value_den - breached.value_num * 100000000) // breached.value_den)::decimal(9, 6) as short_pct,
    breached.is_headline,
    breached.is_if_counted
from breached
inner join measured.parts as part on breached.part_no = part.part_no
left join causes on breached.scope_no = causes.scope_no
union all
select
    short_id('B', json_array(headline.result_id)::varchar) as breach_id,
    'sla_result' as subject_kind,
    headline.result_id as sla_result_id,
    null::varchar as target_id,
    headline.contract_id,
    headline.contract_version_id,
    headline.measure_id,
    headline.service_id,
    headline.period,
    null::varchar as severity,
    worse.incident_ids,
    null as cause_key,
    null::bigint as over_us,
    millionths((ppm(worse.target) * worse.judged - worse.met::hugeint * 100000000) // worse.judged)::decimal(9, 6) as short_pct,
    headline.status = 'breached' as is_headline,
    coalesce(counted.status, headline.status) = 'breached' as is_if_counted
from measured.attainment_results as headline
left join measured.attainment_results as counted on headline.part_no = counted.part_no and counted.variant = 'if_counted'
inner join measured.attainment_results as worse
    on
        headline.part_no = worse.part_no
        and worse.variant = if(headline.status = 'breached', 'headline', 'if_counted')
where
    headline.variant = 'headline'
    and headline.reading = 'default'
    and (headline.status = 'breached' or coalesce(counted.status, headline.status) = 'breached')
union all
select
    short_id('B', json_array(target.target_id)::varchar) as breach_id,
    'incident_target' as subject_kind,
    null as sla_result_id,
    target.target_id,
    target.contract_id,
    target.contract_version_id,
    target.measure_id,
    target.service_id,
    target.period,
    target.severity,
    [target.incident_id] as incident_ids,
    incident.cause_key,
    if(target.status in ('breached', 'breached_open'), target.over_us, listed.over_if_counted_us) as over_us,
    null as short_pct,
    target.status in ('breached', 'breached_open') as is_headline,
    coalesce(target.status_if_counted, target.status) in ('breached', 'breached_open') as is_if_counted
from measured.incident_targets as target
inner join measured.listed_targets as listed on target.target_id = listed.target_id and target.period = listed.period
left join reconciled.incidents as incident on target.incident_id = incident.incident_id
where
    target.status in ('breached', 'breached_open')
    or target.status_if_counted in ('breached', 'breached_open')
