-- builds  reconciled.exclusion_pieces (working table): one row per tested exclusion, contract version and component, and per measure with terms
--         of its own, cut where an allowance ends
-- reads   judged exclusions, allowances
-- rule    3.3: only applied ones move a figure; what exceeds a monthly allowance is rejected by itself
with pieces as (
    select
        exclusion.*,
        coalesce(allowance.start_us, exclusion.start_us) as piece_start_us,
        coalesce(allowance.cut_us, exclusion.end_us) as piece_end_us,
        exclusion.status as piece_status,
        exclusion.reason as piece_reason
    from reconciled.judged_exclusions as exclusion
    left join reconciled.allowance_pieces as allowance
        on
            exclusion.type = allowance.type
            and exclusion.contract_version_id = allowance.contract_version_id
            and exclusion.measure_id is not distinct from allowance.measure_id
            and exclusion.component_id = allowance.component_id
            and exclusion.raw_id = allowance.raw_id
            and exclusion.start_us = allowance.asked_start_us
            and exclusion.end_us = allowance.asked_end_us
    union all
    select
        exclusion.*,
        allowance.cut_us as piece_start_us,
        allowance.end_us as piece_end_us,
        'rejected' as piece_status,
        'ALLOWANCE_USED' as piece_reason
    from reconciled.judged_exclusions as exclusion
    inner join reconciled.allowance_pieces as allowance
        on
            exclusion.type = allowance.type
            and exclusion.contract_version_id = allowance.contract_version_id
            and exclusion.measure_id is not distinct from allowance.measure_id
            and exclusion.component_id = allowance.component_id
            and exclusion.raw_id = allowance.raw_id
            and exclusion.start_us = allowance.asked_start_us
            and exclusion.end_us = allowance.asked_end_us
)

select
    short_id(
        'X',
        list_concat(
            [
                type,
                contract_version_id,
                component_id,
                instant_text(moment(piece_start_us)),
                instant_text(moment(piece_end_us)),
                raw_id
            ],
            if(measure_id is null, [], [measure_id])
        )::json::varchar
    ) as exclusion_id,
    type,
    contract_version_id,
    measure_id,
    component_id,
    incident_id,
    moment(piece_start_us) as start_at,
    moment(piece_end_us) as end_at,
    clause as contract_rule,
    moment(notice_at_us) as notice_at,
    moment(approved_at_us) as approved_at,
    approver_role,
    signoff_ids,
    evidence,
    raw_id as source_raw_id,
    piece_status as status,
    piece_reason as reason
from pieces
where piece_start_us < piece_end_us
