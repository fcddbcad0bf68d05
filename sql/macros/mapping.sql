-- macro   with_decimal_point(words): a number of a mapping with a decimal comma, its grouping points taken away; other texts stay as they are
create or replace macro with_decimal_point(words) as (
    if(
        regexp_full_match(words, '-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?'),
        replace(replace(words, '.', ''), ',', '.'),
        words
    )
);
-- macro   history_seq(words, place): the number of a change for a source that counts none: its instant in milliseconds, times a thousand, and its
--         place among those of that instant; so changes keep their number and their order whatever file brings them
create or replace macro history_seq(words, place) as (
    coalesce(
        epoch_ms(try_cast(if(instant_kind(words) = 'offset', words, null) as timestamptz)),
        epoch_ms(try_cast(if(instant_kind(words) = 'local', words, null) as timestamp))
    ) * 1000 + place
);
