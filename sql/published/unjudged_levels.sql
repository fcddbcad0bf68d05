-- builds  published.unjudged_levels (working table): one row per service level in force in the period that has no result
-- reads   windows and measures of the run, results
-- rule    unknown is a value: a promise that this version cannot judge is named, never passed over. Response, restore
--         and resolve are judged by incident (incident_targets): a month without one misses nothing
select distinct
    part.contract_version_id,
    part.measure_id,
    part.service_id,
    measure.kind
from run.windows as part
inner join run.measures as measure
    on
        part.contract_version_id = measure.contract_version_id
        and part.measure_id = measure.measure_id
        and part.service_id = measure.service_id
anti join measured.sla_results as result
    on
        part.contract_version_id = result.contract_version_id
        and part.measure_id = result.measure_id
        and part.service_id = result.service_id
where measure.kind not in ('response', 'restore', 'resolve')
