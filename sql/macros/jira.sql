-- macro   jira_state(name, category): a status of Jira Service Management as a state, by its name, else by the category its workflow gives it
create or replace macro jira_state(name, category) as (
    case
        when lower(name) in ('open', 'new', 'to do', 'waiting for support') then 'new'
        when lower(name) in ('acknowledged', 'mitigated', 'restored', 'resolved', 'closed', 'reopened') then lower(name)
        when lower(name) in ('in progress', 'work in progress', 'under investigation', 'investigating', 'escalated') then 'in_progress'
        when lower(name) in ('waiting for customer', 'waiting for reporter') then 'waiting_customer'
        when lower(name) in ('waiting for vendor', 'waiting for third party', 'awaiting vendor') then 'waiting_vendor'
        when lower(name) in ('pending', 'on hold', 'waiting for approval') then 'waiting_other'
        when lower(name) in ('done', 'completed', 'fixed') then 'resolved'
        when lower(name) in ('canceled', 'cancelled', 'declined', 'won''t do') then 'cancelled'
        when category = 'new' then 'new'
        when category = 'indeterminate' then 'in_progress'
        when category = 'done' then 'resolved'
        else lower(name)
    end
);
-- macro   jira_cycles(fields, name): the cycles of a service level of that name, wherever its custom field stands
create or replace macro jira_cycles(fields, name) as (
    list_filter(
        list_transform(json_keys(fields), lambda key: json_extract(fields, '$."' || key || '"')),
        lambda value: json_type(value) = 'OBJECT' and lower(json_extract_string(value, '$.name')) = name
        and json_type(value, '$.completedCycles') = 'ARRAY'
    )[1]
);
