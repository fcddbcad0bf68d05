-- builds  published.set_by_people (working table): one row per field of an incident of the period that a person set, with what would stand otherwise
-- reads   provenance, incidents, overrides, names, the run
-- rule    RC-P2 a person's word outranks all, until it is revoked; the reason is free text and stays in the journal (DOMAIN 8)
select
    provenance.incident_id,
    provenance.field,
    provenance.value,
    provenance.rule_id,
    json_extract_string(provenance.candidates, '$[1].value') as otherwise,
    incident.ticket_key,
    coalesce(names.name, incident.service_id) as service_name,
    decision.override_id,
    decision.author_role,
    decision.payload_sha256
from reconciled.field_provenance as provenance
inner join staged.override as decision on provenance.winner_raw_id = decision.raw_id
inner join reconciled.incidents as incident on provenance.incident_id = incident.incident_id
left join published.catalogue_names as names on incident.service_id = names.component_id
cross join run.context as context
where incident.occurred_at < context.period_end_at and coalesce(incident.restored_at, context.as_of) >= context.period_start_at
