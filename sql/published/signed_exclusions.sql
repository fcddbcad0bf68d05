-- builds  published.signed_exclusions (working table): one row per window, request or exception that was tested for a level of the period, and level:
--         what it took out or would, and the hash of what it said
-- reads   exclusions with their effects, who approved them, service levels
-- rule    7.1 section 6: rule, effect, signers; what one record takes out of several components comes off once a level (R-EX1)
select
    line.result_id,
    line.service_name,
    line.measure_id,
    approval.contract_version_id,
    approval.object_type,
    approval.reference,
    approval.type,
    approval.status,
    approval.reason,
    approval.contract_rule,
    approval.policy_rule,
    approval.payload_sha256,
    approval.is_accepted,
    list_sort(list_distinct(flatten(list(approval.roles)))) as roles,
    list(approval.exclusion_id order by approval.exclusion_id) as exclusion_ids,
    sum(effect.excluded_us)::bigint as excluded_us,
    sum(effect.if_excluded_us)::bigint as if_excluded_us
from measured.exclusion_effects as effect
inner join published.level_lines as line on effect.result_id = line.result_id
inner join published.exclusion_approvals as approval on effect.exclusion_id = approval.exclusion_id
group by
    line.result_id, line.service_name, line.measure_id, approval.contract_version_id, approval.object_type, approval.reference, approval.type,
    approval.status, approval.reason, approval.contract_rule, approval.policy_rule, approval.payload_sha256, approval.is_accepted
