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
