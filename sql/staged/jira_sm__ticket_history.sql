-- builds  staged.jira_sm__ticket_history (adapter): one row per changed field of an issue's changelog, and per comment
-- reads   search results with expand=changelog ({"issues": [...]}), or issues alone
-- rule    DESIGN 4
-- seen    a changelog tells at most the newest hundred changes, so a change's place in it numbers nothing: history_seq does, by its instant
--
-- key → ticket_key; created → changed_at; field, fromString, toString → field, old, new: status → state, priority → severity,
-- Component → component, Assignment group → assignment_group; a comment's body → new, jsdPublic → is_public
-- author.accountId, else author.name → actor_ref, of a human as a pseudonym; author.accountType app, or no author → automation, else human
-- from and to (else fromString, toString) of a field that holds people → old, new as pseudonyms
with issues as (
    select
        landing_seq,
        source_row,
        key,
        if(json_valid(changelog), changelog, '{}')::json as changelog,
        if(json_valid(fields), fields, '{}')::json as fields
    from payload.rows
),

histories as (
    select
        landing_seq,
        source_row,
        key,
        unnest(json_extract(changelog, '$.histories[*]')) as entry
    from issues
),

items as (
    select
        landing_seq,
        source_row,
        key,
        entry,
        unnest(json_extract(entry, '$.items[*]')) as item
    from histories
),

comments as (
    select
        landing_seq,
        source_row,
        key,
        unnest(json_extract(fields, '$.comment.comments[*]')) as entry
    from issues
),

changes as (
    select
        landing_seq,
        source_row,
        key,
        entry,
        json_object('author', json_extract(entry, '$.author'), 'created', json_extract(entry, '$.created'), 'item', item) as told,
        case json_extract_string(item, '$.field')
            when 'status' then 'state'
            when 'priority' then 'severity'
            when 'Component' then 'component'
            else replace(lower(json_extract_string(item, '$.field')), ' ', '_')
        end as field,
        if(
            names_people(json_extract_string(item, '$.field')),
            pseudonym(coalesce(json_extract_string(item, '$.from'), json_extract_string(item, '$.fromString'))),
            json_extract_string(item, '$.fromString')
        ) as old_words,
        if(
            names_people(json_extract_string(item, '$.field')),
            pseudonym(coalesce(json_extract_string(item, '$.to'), json_extract_string(item, '$.toString'))),
            json_extract_string(item, '$.toString')
        ) as new_words,
        'field_change' as entry_kind,
        null as is_public
    from items
    union all
    select
        landing_seq,
        source_row,
        key,
        entry,
        entry as told,
        'comment' as field,
        null as old_words,
        if(json_type(entry, '$.body') = 'VARCHAR', json_extract_string(entry, '$.body'), null) as new_words,
        'comment' as entry_kind,
        json_extract_string(entry, '$.jsdPublic') as is_public
    from comments
),

spoken as (
    select
        *,
        coalesce(json_extract_string(entry, '$.author.accountId'), json_extract_string(entry, '$.author.name')) as author,
        json_type(entry, '$.author') = 'OBJECT'
        and coalesce(json_extract_string(entry, '$.author.accountType'), 'atlassian') <> 'app' as is_human
    from changes
)

select
    landing_seq,
    source_row,
    canonical_json(told::varchar) as received,
    key as ticket_key,
    history_seq(
        json_extract_string(entry, '$.created'),
        row_number() over (
            partition by landing_seq, source_row, json_extract_string(entry, '$.created')
            order by field, canonical_json(told::varchar)
        )
    )::varchar as seq,
    json_extract_string(entry, '$.created') as changed_at,
    field,
    if(field = 'state', jira_state(old_words, null), old_words) as old,
    if(field = 'state', jira_state(new_words, null), new_words) as new,
    entry_kind,
    is_public,
    coalesce(if(is_human, pseudonym(author), author), 'jira') as actor_ref,
    if(is_human, 'human', 'automation') as actor_kind
from spoken
