-- macro   position_id(provider, component, starts, ends, result): a span of the dispute sheet (tables.yml `ids`); instants as instant_text
create or replace macro position_id(provider, component, starts, ends, result) as (
    short_id('P', '[' || concat_ws(
        ',', json_text(provider), json_text(component), json_text(starts), json_text(ends), coalesce(json_text(result), 'null')
    ) || ']')
);
-- macro   row_seal(texts): what tells that no printed cell of a reply sheet's row was altered; an empty cell is an empty text
create or replace macro row_seal(texts) as (
    short_id('S', to_json(list_transform(texts, lambda text: coalesce(text, '')))::varchar)
);
-- macro   span_list(starts, ends): one span as column `portion` of a dispute holds it (canonical JSON), instants as text
create or replace macro span_list(starts, ends) as (
    '[{"end_at":' || json_text(ends) || ',"start_at":' || json_text(starts) || '}]'
);
