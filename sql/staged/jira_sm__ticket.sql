-- builds  staged.jira_sm__ticket (adapter): one row per issue of Jira Service Management
-- reads   search results ({"issues": [...]}), or issues alone
-- rule    DESIGN 4; a service level's cycles are Jira's own clock: of them only instants are taken, never its verdict
-- seen    service levels stand in custom fields with other numbers in every site, so they are found by their name and form; an ongoing
--         cycle counts on with every look, which is therefore a version of its own. An issue that was reopened has several cycles
--
-- key → ticket_key; summary, description (if it is text) → title, description; first component → component_raw
-- project.name → service_raw, or the first component where a project serves many; priority.name → severity_raw; status → state
-- created → opened_at; resolutiondate, else the end of the last cycle of "Time to resolution" if none goes on → resolved_at
-- end of the first cycle of "Time to first response" → acknowledged_at; accountType of the creator → opened_by_kind
-- resolution.name → cause_code; issuelinks that duplicate → duplicate_of; updated → source_updated_at
with issues as (
    select
        * replace (if(json_valid(fields), fields, '{}')::json as fields)
    from payload.rows
),

clocks as (
    select
        *,
        jira_cycles(fields, 'time to resolution') as resolution,
        jira_cycles(fields, 'time to first response') as response
    from issues
)

select
    landing_seq,
    source_row,
    received,
    key as ticket_key,
    json_extract_string(fields, '$.summary') as title,
    if(json_type(fields, '$.description') = 'VARCHAR', json_extract_string(fields, '$.description'), null) as description,
    coalesce(json_extract_string(fields, '$.components[0].name'), json_extract_string(fields, '$.project.name')) as service_raw,
    json_extract_string(fields, '$.components[0].name') as component_raw,
    json_extract_string(fields, '$.priority.name') as severity_raw,
    jira_state(json_extract_string(fields, '$.status.name'), json_extract_string(fields, '$.status.statusCategory.key')) as state,
    json_extract_string(fields, '$.created') as opened_at,
    coalesce(
        json_extract_string(fields, '$.resolutiondate'),
        if(
            json_type(resolution, '$.ongoingCycle') = 'OBJECT',
            null,
            json_extract_string(resolution, '$.completedCycles[#-1].stopTime.iso8601')
        )
    ) as resolved_at,
    json_extract_string(response, '$.completedCycles[0].stopTime.iso8601') as acknowledged_at,
    case json_extract_string(fields, '$.creator.accountType')
        when 'app' then 'automation'
        when 'atlassian' then 'human'
        when 'customer' then 'human'
    end as opened_by_kind,
    json_extract_string(fields, '$.resolution.name') as cause_code,
    list_filter(
        json_extract(fields, '$.issuelinks[*]'),
        lambda link: json_extract_string(link, '$.type.name') = 'Duplicate' and json_type(link, '$.outwardIssue') = 'OBJECT'
    )[1] ->> '$.outwardIssue.key' as duplicate_of,
    json_extract_string(fields, '$.updated') as source_updated_at,
    look_version(json_extract_string(fields, '$.updated'), received) as source_version
from clocks
