-- macro   servicenow_words(payload), servicenow_code(payload): a field of ServiceNow as people read it, or as the system stores it: a plain
--         text, a reference {link, value} or the pair {display_value, value} of the Table API
create or replace macro servicenow_words(payload) as (
    if(
        starts_with(payload, '{') and json_valid(payload),
        coalesce(trimmed(json_extract_string(payload, '$.display_value')), trimmed(json_extract_string(payload, '$.value'))),
        payload
    )
);
create or replace macro servicenow_code(payload) as (
    if(
        starts_with(payload, '{') and json_valid(payload),
        coalesce(trimmed(json_extract_string(payload, '$.value')), trimmed(json_extract_string(payload, '$.display_value'))),
        payload
    )
);
-- macro   servicenow_priority(words): "1 - Critical" as 1
create or replace macro servicenow_priority(words) as (
    coalesce(nullif(regexp_extract(words, '^(\d)( - .*)?$', 1), ''), words)
);
-- macro   servicenow_state(word, hold): a state by code or word in lower case; on hold by its reason
create or replace macro servicenow_state(word, hold) as (
    case
        when word in ('1', 'new') then 'new'
        when word in ('2', 'in progress', 'active', 'work in progress') then 'in_progress'
        when word in ('awaiting caller', 'awaiting user info') then 'waiting_customer'
        when word = 'awaiting vendor' then 'waiting_vendor'
        when word in ('awaiting problem', 'awaiting change', 'awaiting evidence') then 'waiting_other'
        when word in ('3', 'on hold') and hold in ('1', 'awaiting caller') then 'waiting_customer'
        when word in ('3', 'on hold') and hold in ('4', 'awaiting vendor') then 'waiting_vendor'
        when word in ('3', 'on hold') then 'waiting_other'
        when word in ('6', 'resolved') then 'resolved'
        when word in ('7', 'closed') then 'closed'
        when word in ('8', 'canceled', 'cancelled') then 'cancelled'
        else word
    end
);
-- macro   servicenow_value(field, words): a value of an audited field in the words of ticket_history
create or replace macro servicenow_value(field, words) as (
    case field
        when 'state' then servicenow_state(lower(words), null)
        when 'severity' then servicenow_priority(words)
        when 'major_flag' then if(words is null, null, (lower(words) = 'accepted')::varchar)
        else words
    end
);
