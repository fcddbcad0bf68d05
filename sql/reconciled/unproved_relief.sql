-- builds  reconciled.unproved_relief (working table): one row per incident and downgrade or exclusion that has no effect for want of proof
-- reads   severity changes, exclusions that were refused or lack a signature, outages they would have shortened, who asked
-- rule    RC-D9; R-SV2, R-EX1: what is asked for and not proved moves no figure and is told. What a person refused, or has still to decide, is no
--         want of proof; an exclusion beside every outage would move nothing
with hit as (
    select distinct
        exclusion.source_raw_id as raw_id,
        exclusion.type as asked,
        exclusion.reason,
        outage.incident_id
    from reconciled.exclusions as exclusion
    inner join reconciled.outage_intervals as outage
        on
            exclusion.component_id = outage.component_id
            and outage.start_at < exclusion.end_at
            and coalesce(outage.end_at > exclusion.start_at, true)
            and outage.incident_id = coalesce(exclusion.incident_id, outage.incident_id)
    where exclusion.reason not in ('REJECTED', 'UNDECIDED')
),

askers as (
    select raw_id, source_system from staged.maintenance_window
    union all
    select raw_id, source_system from staged.exclusion_request
)

select
    'DOWNGRADE_UNJUSTIFIED' as type,
    incident_id,
    source_system,
    [raw_id] as raw_ids,
    'severity' as field,
    severity as observed,
    old_severity as expected
from reconciled.severity_changes
where not has_effect
union all
select
    'EXCLUSION_UNSUPPORTED' as type,
    hit.incident_id,
    askers.source_system,
    [hit.raw_id] as raw_ids,
    hit.asked as field,
    hit.reason as observed,
    'it counts' as expected
from hit
left join askers on hit.raw_id = askers.raw_id
