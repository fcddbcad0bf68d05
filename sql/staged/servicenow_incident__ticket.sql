-- builds  staged.servicenow_incident__ticket (adapter): one row per record of a ServiceNow incident export
-- reads   CSV list exports and Table API JSON ({"result": [...]}), display values or raw codes, references as text or {link, value}
-- rule    DESIGN 4; formats.yaml servicenow_incident_table_api
-- seen    times carry no zone: raw Table API values are UTC, list exports show the reader's own zone, which the source must declare
--
-- number → ticket_key                        short_description, description → title, description
-- business_service, else service_offering, else cmdb_ci → service_raw; cmdb_ci → component_raw
-- priority "1 - Critical" or "1" → severity_raw 1; state (else incident_state) by code or word, on hold by hold_reason → state
-- opened_at, resolved_at, closed_at as they are; promoted_on → declared_at; u_occurred_at, u_detected_at, u_acknowledged_at,
-- u_mitigated_at, u_restored_at → the instants of the same names, where an estate has added such fields
-- contact_type → reported_via; monitoring means that automation opened it; assignment_group as it is
-- u_vendor_ref, else correlation_id → vendor_ref; close_code → cause_code; u_responsibility → responsibility
-- major_incident_state accepted → major_flag; parent_incident → duplicate_of; u_customer_caused → customer_caused_flag
-- u_affected_fraction → affected_fraction; caused_by (a change that a person named) → change_ref, change_link_by
-- sys_updated_on → source_updated_at; sys_mod_count → source_version
with fields as (
    select
        landing_seq,
        source_row,
        received,
        servicenow_words(number) as ticket_key,
        servicenow_words(short_description) as title,
        servicenow_words(description) as description,
        coalesce(
            servicenow_words(business_service), servicenow_words(service_offering), servicenow_words(cmdb_ci)
        ) as service_raw,
        servicenow_words(cmdb_ci) as component_raw,
        servicenow_code(priority) as priority,
        lower(coalesce(servicenow_code(state), servicenow_code(incident_state))) as state_word,
        lower(servicenow_code(hold_reason)) as hold_word,
        servicenow_code(opened_at) as opened_at,
        servicenow_code(u_occurred_at) as occurred_at,
        servicenow_code(u_detected_at) as detected_at,
        servicenow_code(promoted_on) as declared_at,
        servicenow_code(u_acknowledged_at) as acknowledged_at,
        servicenow_code(u_mitigated_at) as mitigated_at,
        servicenow_code(u_restored_at) as restored_at,
        servicenow_code(resolved_at) as resolved_at,
        servicenow_code(closed_at) as closed_at,
        lower(servicenow_code(contact_type)) as contact_word,
        servicenow_words(assignment_group) as assignment_group,
        coalesce(servicenow_words(u_vendor_ref), servicenow_words(correlation_id)) as vendor_ref,
        servicenow_words(close_code) as cause_code,
        lower(servicenow_words(u_responsibility)) as responsibility,
        lower(servicenow_code(major_incident_state)) as major_word,
        servicenow_words(parent_incident) as duplicate_of,
        lower(servicenow_code(u_customer_caused)) as customer_caused_flag,
        servicenow_code(u_affected_fraction) as affected_fraction,
        servicenow_words(caused_by) as change_ref,
        servicenow_code(sys_mod_count) as source_version,
        servicenow_code(sys_updated_on) as source_updated_at
    from payload.rows
)

select
    landing_seq,
    source_row,
    received,
    ticket_key,
    title,
    description,
    service_raw,
    component_raw,
    servicenow_priority(priority) as severity_raw,
    servicenow_state(state_word, hold_word) as state,
    opened_at,
    occurred_at,
    detected_at,
    declared_at,
    acknowledged_at,
    mitigated_at,
    restored_at,
    resolved_at,
    closed_at,
    case
        when contact_word in ('monitoring', 'event', 'event management', 'alert') then 'monitoring'
        when contact_word in ('phone', 'email', 'self-service', 'chat', 'walk-in', 'portal', 'virtual_agent', 'virtual agent') then 'user'
        when contact_word in ('direct', 'direct opening', 'staff') then 'staff'
        when contact_word in ('vendor', 'provider') then 'provider'
        when contact_word is not null then 'other'
    end as reported_via,
    if(contact_word in ('monitoring', 'event', 'event management', 'alert'), 'automation', null) as opened_by_kind,
    assignment_group,
    vendor_ref,
    cause_code,
    responsibility,
    if(major_word is null, null, if(major_word = 'accepted', 'true', 'false')) as major_flag,
    duplicate_of,
    customer_caused_flag,
    affected_fraction,
    change_ref,
    if(change_ref is null, null, 'person') as change_link_by,
    source_version,
    source_updated_at
from fields
