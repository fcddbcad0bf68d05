-- builds  reconciled.incident_overrides (working table): one row per incident and field that a person set: the standing override
-- reads   overrides, revocations, names and members of incidents
-- rule    RC-P2: an override outranks all, until it is revoked; of several the latest. One on a ticket, vendor record or raw record sets the
--         field of its incident. A timeline term may be written with or without _at. A value that cannot be read as its field's type (an
--         instant without offset, R-TM2; a word that is none of the field's) is no candidate and takes nothing away; no value at all says that
--         there is none, except of occurred_at, which every incident has
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

readable as (
    select *
    from standing
    where
        case
            when value is null then full_field <> 'occurred_at'
            when ends_with(full_field, '_at') then instant_kind(value) = 'offset' and try_cast(value as timestamptz) is not null
            when full_field in ('severity_initial', 'severity_max', 'severity_final') then value in ('P1', 'P2', 'P3', 'P4')
            when full_field = 'responsibility'
                then value in ('provider', 'customer', 'internal', 'third_party', 'force_majeure', 'undetermined')
            else true
        end
),

placed as (
    select
        names.incident_id,
        readable.*
    from readable
    inner join reconciled.incident_names as names on readable.subject_id = names.name
    where readable.subject_type in ('incident', 'ticket')
    union all
    select
        member.incident_id,
        readable.*
    from readable
    inner join reconciled.incident_members as member on readable.subject_id = member.raw_id
    where readable.subject_type = 'raw_record'
    union all
    select
        member.incident_id,
        readable.*
    from readable
    inner join reconciled.incident_members as member
        on readable.subject_id = member.source_key and member.entity = 'vendor_record'
    where readable.subject_type = 'vendor_record'
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
