-- macro   spreadsheet_safe(words): a text as CSV and XLSX hold it: what a spreadsheet would take for a formula gets an apostrophe (tables.yml `csv`)
create or replace macro spreadsheet_safe(words) as (
    if(left(words, 1) in ('=', '+', '-', '@', chr(9), chr(13)), '''' || words, words)
);
-- macro   spreadsheet_plain(words): the text that `spreadsheet_safe` was given
create or replace macro spreadsheet_plain(words) as (regexp_replace(words, '^''([=+\-@\t\r])', '\1'));
-- macro   amount_text(amount, currency): `EUR 833.34`, exact, which no spreadsheet takes for a number
create or replace macro amount_text(amount, currency) as (currency || ' ' || regexp_replace(amount::decimal(18, 4)::varchar, '00$', ''));
