-- builds  measured.dispute_subjects (working table): one row per dispute, incident it is about and, if it is about a result, window part; without
--         an incident, the outages of the result that none tells of
-- reads   disputes as known, revocations, incidents, their members and aliases, outage intervals, the parts
-- rule    DOMAIN 3.4: what a dispute names is found as an incident, a ticket, a vendor record of the provider's own, or a result; a dispute of an
--         exclusion is decided where exclusions are tested and holds no time out here. Whether a component was down is one question: disputed
--         in one result, it is disputed in every result of the provider that counts the component
with disputes as (
    select
        dispute.dispute_id,
        dispute.party,
        dispute.subject_type,
        dispute.subject_id,
        dispute.component_id,
        dispute.scope,
        dispute.portion,
        dispute.portion_us,
        dispute.raised_at,
        dispute.report_issued_at,
        dispute.state,
        dispute.accepted_portion
    from staged.dispute as dispute
    anti join staged.revocation as revoked on dispute.dispute_id = revoked.object_id and revoked.object_type = 'dispute'
),

incidents as (
    select
        dispute_id,
        subject_id as incident_id,
        null as part_no
    from disputes
    where subject_type = 'incident'
    union
    select
        dispute.dispute_id,
        alias.incident_id,
        null as part_no
    from disputes as dispute
    inner join reconciled.incident_aliases as alias on dispute.subject_id = alias.alias_incident_id
    where dispute.subject_type = 'incident'
    union
    select
        dispute.dispute_id,
        member.incident_id,
        null as part_no
    from disputes as dispute
    inner join reconciled.incident_members as member
        on dispute.subject_id = member.source_key and dispute.subject_type = member.entity
    where dispute.subject_type = 'ticket' or (dispute.subject_type = 'vendor_record' and dispute.party = 'provider')
    union
    select
        dispute.dispute_id,
        span.incident_id,
        part.part_no
    from disputes as dispute
    inner join measured.parts as subject on dispute.subject_id = subject.headline_id
    inner join measured.parts as part
        on
            subject.provider_id = part.provider_id
            and (dispute.component_id is not null or subject.part_no = part.part_no)
    inner join measured.outage_spans as span
        on part.part_no = span.part_no and coalesce(dispute.component_id, span.component_id) = span.component_id
    where dispute.subject_type = 'sla_result'
),

ends as (
    select
        interval_of.incident_id,
        epoch_us(max(coalesce(interval_of.end_at, context.as_of))) as end_us
    from reconciled.outage_intervals as interval_of
    cross join run.context as context
    group by interval_of.incident_id
),

-- outages that no incident tells of are disputed as those of a result
alone as (
    select
        part_no,
        max(end_us) as end_us
    from measured.outage_spans
    where incident_id is null
    group by part_no
)

select
    dispute.dispute_id,
    dispute.party,
    dispute.component_id,
    dispute.scope,
    dispute.portion,
    dispute.portion_us,
    dispute.raised_at,
    dispute.report_issued_at,
    dispute.state,
    dispute.accepted_portion,
    link.incident_id,
    coalesce(incident.contract_version_id, part.contract_version_id) as contract_version_id,
    link.part_no,
    coalesce(
        if(link.incident_id is null, alone.end_us, ends.end_us), epoch_us(coalesce(incident.restored_at, context.as_of))
    ) as subject_end_us
from disputes as dispute
inner join incidents as link on dispute.dispute_id = link.dispute_id
left join reconciled.incidents as incident on link.incident_id = incident.incident_id
left join measured.parts as part on link.part_no = part.part_no and link.incident_id is null
left join ends on incident.incident_id = ends.incident_id
left join alone on link.part_no = alone.part_no
cross join run.context as context
where coalesce(incident.contract_version_id, part.contract_version_id) is not null
