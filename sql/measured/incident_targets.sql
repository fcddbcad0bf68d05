-- builds  measured.incident_targets: one row per incident, ticket, contract version, measure and severity, as tables.yml has it
-- reads   targets that the period lists
-- rule    DOMAIN 3.5; only the reading of the headline is a row, others stand in `readings` (R-RD1). Of windows that overlap the latest holds
select
    target_id,
    incident_id,
    ticket_key,
    contract_id,
    contract_version_id,
    measure_id,
    clock as kind,
    service_id,
    severity,
    period,
    moment(start_us) as started_at,
    start_basis,
    if(is_over, moment(end_us), null) as stopped_at,
    moment(due_us) as due_at,
    target_us,
    elapsed_us,
    paused_us,
    closed_us,
    over_us,
    millionths(consumed_ppm)::decimal(9, 6) as consumed_pct,
    status,
    status_if_counted,
    claim_status,
    readings,
    case
        when status = 'not_applicable' then 'R-SV3 ' || severity_change
        else 'R-SV1 ' || severity_change
    end as decided_by,
    service_hours,
    list_filter(
        [
            if(is_fallback, 'ANCHOR_FALLBACK', null),
            if(status = 'met' and status_if_counted in ('breached', 'breached_open'), 'MET_ONLY_BY_DISPUTE', null),
            if(len(list_filter(other_statuses, lambda other: other <> status)) > 0, 'READINGS_DIFFER', null)
        ],
        lambda flag: flag is not null
    ) as flags
from measured.listed_targets
qualify row_number() over (partition by target_no order by window_start_us desc) = 1
