-- builds  staged.servicenow_history__ticket_history (adapter): one row per changed field of a ServiceNow incident
-- reads   exports of sys_audit (CSV, XLSX, Table API JSON), with the record shown as people know it ("Incident: INC0010001")
-- rule    DESIGN 4
-- seen    a record is written down by its sys_id unless the export shows display values, and then no ticket has that key; state and
--         incident_state are written side by side, of which one is enough; times carry no zone, as in the incident list
--
-- documentkey → ticket_key; sys_created_on → changed_at; fieldname, oldvalue, newvalue → field, old, new: state by code or word, priority →
-- severity, business_service → service, cmdb_ci → component, u_vendor_ref and correlation_id → vendor_ref, comments and work_notes → comment
-- comments are public; user → actor_ref, as a pseudonym; system and guest are automation; people in old and new are pseudonyms too
with fields as (
    select
        landing_seq,
        source_row,
        received,
        servicenow_words(documentkey) as document,
        lower(servicenow_code(fieldname)) as fieldname,
        servicenow_words(oldvalue) as old_words,
        servicenow_words(newvalue) as new_words,
        servicenow_words(user) as user_name,
        coalesce(lower(servicenow_words(user)), 'system') not in ('system', 'guest', 'system administrator') as is_human,
        servicenow_code(sys_created_on) as changed_at,
        try_cast(servicenow_code(record_checkpoint) as bigint) as checkpoint
    from payload.rows
),

named as (
    select
        *,
        coalesce(nullif(regexp_extract(document, '[A-Z]{2,5}\d{4,}'), ''), document) as ticket_key,
        case
            when fieldname = 'priority' then 'severity'
            when fieldname = 'business_service' then 'service'
            when fieldname = 'cmdb_ci' then 'component'
            when fieldname in ('u_vendor_ref', 'correlation_id') then 'vendor_ref'
            when fieldname in ('comments', 'work_notes') then 'comment'
            when fieldname = 'major_incident_state' then 'major_flag'
            else fieldname
        end as field
    from fields
    where coalesce(fieldname, '') <> 'incident_state'
)

select
    landing_seq,
    source_row,
    received,
    ticket_key,
    history_seq(
        changed_at,
        row_number() over (
            partition by document, changed_at
            order by checkpoint nulls first, field, landing_seq, source_row
        )
    )::varchar as seq,
    changed_at,
    field,
    if(names_people(field), pseudonym(old_words), servicenow_value(field, old_words)) as old,
    if(names_people(field), pseudonym(new_words), servicenow_value(field, new_words)) as new,
    if(field = 'comment', 'comment', 'field_change') as entry_kind,
    if(field = 'comment', (fieldname = 'comments')::varchar, null) as is_public,
    if(is_human, pseudonym(user_name), coalesce(user_name, 'system')) as actor_ref,
    if(is_human, 'human', 'automation') as actor_kind
from named
