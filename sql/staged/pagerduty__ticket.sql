-- builds  staged.pagerduty__ticket (adapter): one row per webhook event about an incident: the incident as it was then, a version of the ticket
-- reads   webhook messages of version 3 ({"event": {...}}), one or many
-- rule    DESIGN 4; formats.yaml pagerduty_webhook_v3
-- seen    events come out of order and more than once: the event's own id is the version, its instant orders them, a repetition is a duplicate.
--         Notes and responder requests tell nothing of the incident itself and make only history
--
-- data.id → ticket_key; title as it is; service.summary → service_raw; priority.summary, else urgency → severity_raw; status → state
-- created_at → opened_at; occurred_at of incident.resolved → resolved_at; first team, else escalation policy → assignment_group
-- incident_key → vendor_ref; the agent of incident.triggered → opened_by_kind: a service or integration is automation
-- occurred_at → source_updated_at; event id → source_version
with events as (
    select
        landing_seq,
        source_row,
        received,
        json_extract_string(event, '$.id') as event_id,
        json_extract_string(event, '$.event_type') as event_type,
        json_extract_string(event, '$.occurred_at') as occurred,
        json_extract_string(event, '$.agent.type') as agent_type,
        json_extract(event, '$.data') as data
    from (select * replace (if(json_valid(event), event, '{}')::json as event) from payload.rows)
)

select
    landing_seq,
    source_row,
    received,
    json_extract_string(data, '$.id') as ticket_key,
    json_extract_string(data, '$.title') as title,
    json_extract_string(data, '$.service.summary') as service_raw,
    coalesce(json_extract_string(data, '$.priority.summary'), json_extract_string(data, '$.urgency')) as severity_raw,
    pagerduty_state(json_extract_string(data, '$.status'), event_type) as state,
    json_extract_string(data, '$.created_at') as opened_at,
    if(event_type = 'incident.resolved', occurred, null) as resolved_at,
    case
        when event_type = 'incident.triggered' and agent_type like 'user%' then 'human'
        when event_type = 'incident.triggered' then 'automation'
    end as opened_by_kind,
    coalesce(
        json_extract_string(data, '$.teams[0].summary'), json_extract_string(data, '$.escalation_policy.summary')
    ) as assignment_group,
    json_extract_string(data, '$.incident_key') as vendor_ref,
    occurred as source_updated_at,
    event_id as source_version
from events
where coalesce(json_extract_string(data, '$.type') = 'incident', true)
