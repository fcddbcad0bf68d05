-- builds  published.level_lines (working table): one row per headline result, as it reads now
-- reads   the newest version of each result of the period, and the terms of its measure
-- rule    R-AV4 the verdict is on the exact value; the zone is the contract's, in which its window was cut (R-TM3); R-AV1: the base is the
--         exact value's denominator, which weights scale by 1,000,000 (R-PO1); of user minutes it is no length of time (R-PO3)
with newest as (
    select *
    from measured.sla_results
    where variant = 'headline' and reading = 'default'
    qualify row_number() over (partition by result_id order by result_version desc) = 1
)

select
    newest.result_id,
    newest.result_version,
    newest.contract_id,
    newest.contract_version_id,
    newest.measure_id,
    newest.kind,
    newest.service_id,
    coalesce(names.name, newest.service_id) as service_name,
    newest.scope,
    newest.period,
    newest.window_start_at,
    newest.window_end_at,
    newest.start_at,
    newest.end_at,
    coalesce(contracts.timezone, 'UTC') as timezone,
    newest.comparator,
    newest.target,
    newest.value_num,
    newest.value_den,
    newest.status,
    newest.wording,
    newest.agreed_us,
    if(
        measures.partial_outage = 'user_minutes',
        null,
        if(newest.kind = 'availability', coalesce(newest.value_den // if(measures.partial_outage <> 'binary', 1000000, 1), 0), 0)
    )::bigint as base_us,
    coalesce(measures.partial_outage <> 'binary', false) as is_weighted,
    coalesce(measures.partial_outage = 'user_minutes', false) as is_of_users,
    measures.unmeasured_time,
    measures.clause,
    newest.down_us,
    newest.excluded_us,
    newest.disputed_us,
    newest.unmeasured_us,
    newest.allowance_us,
    newest.incident_ids,
    newest.basis,
    newest.flags
from newest
left join published.catalogue_names as names on newest.service_id = names.component_id
left join run.contract_versions as contracts on newest.contract_version_id = contracts.contract_version_id
left join run.measures as measures
    on
        newest.contract_version_id = measures.contract_version_id
        and newest.measure_id = measures.measure_id
        and newest.service_id = measures.service_id
