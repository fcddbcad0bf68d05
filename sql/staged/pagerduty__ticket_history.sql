-- builds  staged.pagerduty__ticket_history (adapter): one row per webhook event: what happened to which incident
-- reads   webhook messages of version 3 ({"event": {...}}), one or many
-- rule    DESIGN 4; formats.yaml pagerduty_webhook_v3; events are paired by data.id, whatever file brings them
-- seen    no event says what was before, and none has a number: history_seq numbers them by their instant
--
-- data.id, else data.incident.id → ticket_key; occurred_at → changed_at; agent → actor_ref (a user: pseudonym), actor_kind (none: automation)
-- triggered, acknowledged, unacknowledged, escalated, reassigned, delegated, reopened, resolved → field state, new
-- priority_updated → severity; service_updated → service; annotated → comment; other events → field responder or the event's own word
with events as (
    select
        landing_seq,
        source_row,
        received,
        json_extract_string(event, '$.id') as event_id,
        json_extract_string(event, '$.event_type') as event_type,
        json_extract_string(event, '$.occurred_at') as occurred,
        json_extract_string(event, '$.agent.type') as agent_type,
        json_extract_string(event, '$.agent.id') as agent_id,
        json_extract(event, '$.data') as data
    from (select * replace (if(json_valid(event), event, '{}')::json as event) from payload.rows)
),

words as (
    select
        *,
        replace(event_type, 'incident.', '') as word
    from events
)

select
    landing_seq,
    source_row,
    received,
    coalesce(json_extract_string(data, '$.incident.id'), json_extract_string(data, '$.id')) as ticket_key,
    history_seq(occurred, place_by_id(event_id))::varchar as seq,
    occurred as changed_at,
    case
        when word in ('triggered', 'acknowledged', 'unacknowledged', 'reopened', 'resolved') then 'state'
        when word in ('escalated', 'reassigned', 'delegated') then 'assignment_group'
        when word = 'priority_updated' then 'severity'
        when word = 'service_updated' then 'service'
        when word in ('annotated', 'status_update_published') then 'comment'
        else word
    end as field,
    case
        when word in ('triggered', 'acknowledged', 'unacknowledged', 'reopened', 'resolved')
            then pagerduty_state(json_extract_string(data, '$.status'), event_type)
        when word in ('escalated', 'reassigned', 'delegated')
            then coalesce(json_extract_string(data, '$.teams[0].summary'), json_extract_string(data, '$.escalation_policy.summary'))
        when word = 'priority_updated' then json_extract_string(data, '$.priority.summary')
        when word = 'service_updated' then json_extract_string(data, '$.service.summary')
        else coalesce(json_extract_string(data, '$.content'), json_extract_string(data, '$.message'))
    end as new,
    case
        when word = 'annotated' then 'comment'
        when word = 'status_update_published' then 'status_update'
        else 'field_change'
    end as entry_kind,
    if(word = 'status_update_published', 'true', 'false') as is_public,
    coalesce(if(agent_type like 'user%', pseudonym(agent_id), agent_id), 'pagerduty') as actor_ref,
    case
        when agent_type like 'user%' then 'human'
        when agent_type like '%integration%' then 'integration'
        else 'automation'
    end as actor_kind,
    occurred as source_updated_at,
    event_id as source_version
from words
where starts_with(event_type, 'incident.')
