-- macro   json_text(words): the text as a JSON string of RFC 8785; null stays null. DuckDB writes control characters as \u001F, the RFC
--         as \u001f, so texts that hold one are put together letter by letter
create or replace macro json_text(words) as (
    case
        when not contains(to_json(words)::varchar, '\u00') then to_json(words)::varchar
        else '"' || list_aggregate(
            list_transform(
                string_split(words, ''),
                lambda letter: if(letter < ' ', lower(trim(to_json(letter)::varchar, '"')), (to_json(letter)::varchar)[2:-2])
            ),
            'string_agg', ''
        ) || '"'
    end
);
