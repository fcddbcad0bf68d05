-- macro   with_decimal_point(words): a number of a mapping with a decimal comma, its grouping points taken away; other texts stay as they are
create or replace macro with_decimal_point(words) as (
    if(
        regexp_full_match(words, '-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?'),
        replace(replace(words, '.', ''), ',', '.'),
        words
    )
);
-- macro   text_us(words): the microseconds since 1970 of a text in ISO 8601; a wall time counts as if it were UTC, for order and length only
create or replace macro text_us(words) as (
    coalesce(
        epoch_us(try_cast(if(instant_kind(words) = 'offset', words, null) as timestamptz)),
        epoch_us(try_cast(if(instant_kind(words) = 'local', words, null) as timestamp))
    )
);
-- macro   list_elements(words): the elements of a JSON list as text; an empty list has one that is null, what is no list is its own only one
create or replace macro list_elements(words) as (
    if(is_json_array(words), coalesce(nullif(json_extract_string(words, '$[*]'), []), [null::varchar]), [words])
);
-- macro   history_seq(words, place): the number of a change for a source that counts none: its instant in milliseconds, times a thousand, and its
--         place among those of that instant; so changes keep their number and their order whatever file brings them
create or replace macro history_seq(words, place) as (text_us(words) // 1000 * 1000 + place);
