-- builds  measured.breaches: one row per breached result, as tables.yml has it
-- reads   judged results, incidents behind them, reconciled incidents
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
        list(link.incident_id order by link.incident_id) as incident_ids,
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
    greatest(breached.weighted_us - breached.allowance_us, 0) as over_us,
    millionths((ppm(breached.target) * breached.value_den - breached.value_num * 100000000) // breached.value_den)::decimal(9, 6) as short_pct,
    breached.is_headline,
    breached.is_if_counted
from breached
inner join measured.parts as part on breached.part_no = part.part_no
left join causes on breached.scope_no = causes.scope_no
