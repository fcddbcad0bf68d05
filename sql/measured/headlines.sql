-- builds  measured.headlines (working table): one row per headline result: what became of a service level
-- reads   results of availability and of attainment, the parts
-- rule    R-RD1 the stated reading; the verdicts of months gone by (DOMAIN 7.1 section 2) are taken from here
select
    part.period,
    part.contract_id,
    part.measure_id,
    part.service_id,
    part.scope,
    result.status,
    result.flags
from measured.results as result
inner join measured.parts as part on result.part_no = part.part_no
where result.variant = 'headline' and result.reading = 'default' and result.is_published
union all
select
    period,
    contract_id,
    measure_id,
    service_id,
    'service' as scope,
    status,
    flags
from measured.attainment_results
where variant = 'headline' and reading = 'default'
