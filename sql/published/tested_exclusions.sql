-- builds  published.tested_exclusions (working table): one row per exclusion tested for a told result, whatever came of it. What one window or
--         request takes out of several components of the service is one row: each second comes off once
-- reads   exclusions with their effect on a result, and the record behind each: window, request, our own ticket, signed exception
-- rule    R-EX1: only applied exclusions move a figure; 7.1 section 3: rejected and undecided ones are listed with their reason
with sources as (
    select raw_id, mw_key as reference from staged.maintenance_window
    union all
    select raw_id, request_id as reference from staged.exclusion_request
    union all
    select raw_id, ticket_key as reference from staged.ticket
    union all
    select raw_id, exception_id as reference from staged.exception
),

tested as (
    select
        effect.result_id,
        effect.excluded_us,
        effect.if_excluded_us,
        coalesce(sources.reference, exclusion.source_raw_id[:12]) as reference,
        coalesce(names.name, exclusion.component_id) as component,
        if(exclusion.status = 'applied', exclusion.source_raw_id, exclusion.exclusion_id) as asked,
        exclusion.*
    from measured.exclusion_effects as effect
    inner join published.told_results as told on effect.result_id = told.result_id
    inner join reconciled.exclusions as exclusion on effect.exclusion_id = exclusion.exclusion_id
    left join sources on exclusion.source_raw_id = sources.raw_id
    left join published.catalogue_names as names on exclusion.component_id = names.component_id
)

select
    result_id,
    min(exclusion_id) as exclusion_id,
    list(exclusion_id order by exclusion_id) as exclusion_ids,
    list(component order by component_id) as components,
    reference,
    type,
    contract_version_id,
    contract_rule,
    start_at,
    end_at,
    notice_at,
    approved_at,
    approver_role,
    status,
    reason,
    sum(excluded_us)::bigint as excluded_us,
    sum(if_excluded_us)::bigint as if_excluded_us
from tested
group by
    result_id, asked, reference, type, contract_version_id, contract_rule, start_at, end_at, notice_at, approved_at, approver_role, status,
    reason
