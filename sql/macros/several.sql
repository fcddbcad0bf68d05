-- macro   several_names(list, path, otherwise): the names in a JSON list, each once and in order, of which there is always one: at worst `otherwise`
create or replace macro several_names(list, path, otherwise) as (
    coalesce(
        nullif(list_sort(list_distinct(json_extract_string(if(is_json_array(list), list, '[]'), path))), []),
        [otherwise::varchar]
    )
);
-- macro   part_key(id, name, names): the key of a record's part: the provider's own for the first name, so that references to it lead somewhere
create or replace macro part_key(id, name, names) as (if(name is distinct from names[1], concat(id, '/', name), id));
