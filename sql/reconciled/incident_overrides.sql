-- builds  reconciled.incident_overrides (working table): one row per incident and field that a person set: the standing override
-- reads   overrides, revocations, names and members of incidents
-- rule    RC-P2: an override outranks all, until it is revoked; of several the latest. One on a ticket, vendor record or raw record sets the
--         field of its incident. A timeline term may be written with or without _at
with standing as (
    select
        decision.*,
        if(
            decision.field in (
                'occurred', 'detected', 'provider_detected', 'reported_to_provider', 'declared', 'acknowledged', 'mitigated', 'restored',
                'resolved', 'closed'
            ),
            decision.field || '_at',
            decision.field
        ) as full_field
    from staged.override as decision
    anti join staged.revocation as revocation
        on revocation.object_type = 'override' and decision.override_id = revocation.object_id
),

placed as (
    select
        names.incident_id,
        standing.*
    from standing
    inner join reconciled.incident_names as names on standing.subject_id = names.name
    where standing.subject_type in ('incident', 'ticket')
    union all
    select
        member.incident_id,
        standing.*
    from standing
    inner join reconciled.incident_members as member
        on standing.subject_id = if(standing.subject_type = 'raw_record', member.raw_id, member.source_key)
    where standing.subject_type = 'raw_record' or (standing.subject_type = 'vendor_record' and member.entity = 'vendor_record')
)

select
    incident_id,
    full_field as field,
    value,
    raw_id
from placed
qualify
    row_number() over (
        partition by incident_id, full_field
        order by decided_at desc, recorded_from desc, override_id desc
    ) = 1
