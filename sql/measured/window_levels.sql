-- builds  measured.window_levels (working table): one row per judged window part in the headline and if counted, of contracts with clauses that
--         look at several windows
-- reads   results of availability and of attainment, the parts, contracts with such clauses
-- rule    R-CH1, R-CH3, R-EB1; both columns
select
    part.contract_id,
    part.contract_version_id,
    part.measure_id,
    part.service_id,
    part.scope,
    part.period,
    part.window_start_at,
    part.window_end_at,
    part.start_at,
    part.is_provisional,
    result.result_id,
    result.variant,
    result.status,
    result.value_num,
    result.value_den
from measured.results as result
inner join measured.parts as part on result.part_no = part.part_no
semi join measured.watched_contracts as watched on part.contract_id = watched.contract_id
where result.variant in ('headline', 'if_counted') and result.reading = 'default'
union all
select
    result.contract_id,
    result.contract_version_id,
    result.measure_id,
    result.service_id,
    'service' as scope,
    result.period,
    result.window_start_at,
    result.window_end_at,
    result.start_at,
    result.is_provisional,
    result.result_id,
    result.variant,
    result.status,
    if(result.judged > 0, result.met, null)::decimal(38, 0) as value_num,
    if(result.judged > 0, result.judged, null)::decimal(38, 0) as value_den
from measured.attainment_results as result
semi join measured.watched_contracts as watched on result.contract_id = watched.contract_id
where result.variant in ('headline', 'if_counted') and result.reading = 'default'
