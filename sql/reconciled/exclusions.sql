-- builds  reconciled.exclusions: one row per tested exclusion, contract version and component, as tables.yml has it; where a measure has terms
--         of its own, one more, told apart by its id
-- reads   pieces of exclusions
-- rule    3.3: only applied ones move a figure
select
    exclusion_id,
    type,
    contract_version_id,
    component_id,
    incident_id,
    start_at,
    end_at,
    contract_rule,
    notice_at,
    approved_at,
    approver_role,
    signoff_ids,
    evidence,
    source_raw_id,
    status,
    reason
from reconciled.exclusion_pieces
