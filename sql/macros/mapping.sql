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
-- macro   counted_us(words, unit_us): a number of units as microseconds; null if it is none, or more than nine thousand years
create or replace macro counted_us(words, unit_us) as (
    if(
        regexp_full_match(words, '-?\d{1,18}(\.\d+)?'),
        try_cast(
            if(abs(try_cast(words as double)) * unit_us < 2.5e17, try_cast(words as decimal(24, 6)) * unit_us::decimal(10, 0), null) as bigint
        ),
        null
    )
);
-- macro   since_text(words, unit_us, origin_us): a number of units since an instant as ISO 8601 in UTC; null if it is none
create or replace macro since_text(words, unit_us, origin_us) as (
    instant_text(make_timestamptz(origin_us + counted_us(words, unit_us)))
);
-- macro   later_by(words, length, unit_us): an instant in ISO 8601 that says its offset, a length later, in UTC. To a wall time nothing can be added
--         before its zone is known: such a text is passed on with its length, and set aside
create or replace macro later_by(words, length, unit_us) as (
    if(
        instant_kind(words) = 'offset' and counted_us(length, unit_us) is not null,
        instant_text(make_timestamptz(text_us(words) + counted_us(length, unit_us))),
        words || ' + ' || length
    )
);
