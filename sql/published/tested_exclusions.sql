-- builds  published.tested_exclusions (working table): one row per exclusion and told result it was tested for
-- reads   exclusions with their effect on a result; those without effect because they meet no downtime too
-- rule    R-EX1: only applied exclusions move a figure; each is listed with its reason
select
    effect.exclusion_id,
    effect.result_id,
    effect.excluded_us,
    effect.if_excluded_us,
    exclusion.type,
    exclusion.contract_version_id,
    exclusion.component_id,
    exclusion.contract_rule,
    exclusion.start_at,
    exclusion.end_at,
    exclusion.notice_at,
    exclusion.approved_at,
    exclusion.approver_role,
    exclusion.status,
    exclusion.reason
from measured.exclusion_effects as effect
inner join published.told_results as told on effect.result_id = told.result_id
inner join reconciled.exclusions as exclusion on effect.exclusion_id = exclusion.exclusion_id
