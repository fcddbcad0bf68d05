-- builds  published.exclusion_approvals (working table): one row per tested exclusion: the record behind it, the hash of what it said, and the roles
--         that approved it
-- reads   exclusions, the record behind each (window, request, our own ticket, exception), sign-offs
-- rule    R-EX1, R-DI6: an approval of a window is its approver's; requests and exceptions are approved by who signed them; R-EX4 acceptance by
--         both parties counts where the text asks for it
with sources as (
    select raw_id, 'maintenance_window' as object_type, mw_key as reference, payload_sha256, null as policy_rule, false as is_accepted
    from staged.maintenance_window
    union all
    select
        raw_id,
        'exclusion_request' as object_type,
        request_id as reference,
        payload_sha256,
        null as policy_rule,
        accepted_by_customer_at is not null and accepted_by_provider_at is not null as is_accepted
    from staged.exclusion_request
    union all
    select raw_id, 'ticket' as object_type, ticket_key as reference, payload_sha256, null as policy_rule, false as is_accepted
    from staged.ticket
    union all
    select raw_id, 'exception' as object_type, exception_id as reference, payload_sha256, policy_rule, false as is_accepted
    from staged.exception
),

signed as (
    select
        exclusion.exclusion_id,
        list(distinct signoff.role order by signoff.role) as roles
    from reconciled.exclusions as exclusion
    inner join staged.signoff as signoff on list_contains(exclusion.signoff_ids, signoff.signoff_id)
    where signoff.decision = 'approve' and signoff.role is not null
    group by exclusion.exclusion_id
)

select
    exclusion.exclusion_id,
    exclusion.type,
    exclusion.status,
    exclusion.reason,
    exclusion.contract_rule,
    exclusion.contract_version_id,
    exclusion.source_raw_id,
    coalesce(sources.object_type, 'record') as object_type,
    coalesce(sources.reference, exclusion.source_raw_id[:12]) as reference,
    sources.payload_sha256,
    sources.policy_rule,
    coalesce(sources.is_accepted, false) as is_accepted,
    list_sort(list_distinct(list_concat(
        if(exclusion.approver_role is null, [], [exclusion.approver_role]),
        coalesce(signed.roles, [])
    ))) as roles
from reconciled.exclusions as exclusion
left join sources on exclusion.source_raw_id = sources.raw_id
left join signed on exclusion.exclusion_id = signed.exclusion_id
