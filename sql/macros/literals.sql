-- macro   trimmed(words): the text without blanks around it; empty text is null (entities.yml). Trimming is dear, so a text that begins and ends
--         with a visible ASCII character is passed on
create or replace macro trimmed(words) as (
    if(
        left(words, 1) between '!' and '~' and right(words, 1) between '!' and '~',
        words,
        nullif(trim(words, chr(9) || chr(10) || chr(13) || chr(32) || chr(160)), '')
    )
);
-- macro   is_integer(words), is_decimal(words): the literals of entities.yml: a decimal point, no grouping, no exponent
create or replace macro is_integer(words) as (regexp_full_match(words, '-?\d+'));
create or replace macro is_decimal(words) as (regexp_full_match(words, '-?\d*\.?\d+'));
-- macro   has_four_decimals(words): nothing but zeros stands beyond the fourth decimal, so that money loses nothing
create or replace macro has_four_decimals(words) as (not regexp_matches(words, '\.\d{4}\d*[1-9]'));
-- macro   mended_decimal(words): a decimal comma or grouping taken away, where it can be read in one way only (1,234 cannot); else null
create or replace macro mended_decimal(words) as (
    case
        when regexp_full_match(words, '-?\d+,(\d{1,2}|\d{4,})') then replace(words, ',', '.')
        when regexp_full_match(words, '-?\d{1,3}(\.\d{3})+,\d+') then replace(replace(words, '.', ''), ',', '.')
        when regexp_full_match(words, '-?\d{1,3}(,\d{3})+\.\d+|-?\d{1,3}(,\d{3}){2,}') then replace(words, ',', '')
        when regexp_full_match(words, '-?\d+\.0+') then regexp_extract(words, '^-?\d+')
    end
);
-- macro   mended_boolean(words): yes and no in other words; else null
create or replace macro mended_boolean(words) as (
    case
        when lower(words) in ('1', 'yes', 'y', 'ja', 'wahr', 'oui', 'on') then 'true'
        when lower(words) in ('0', 'no', 'n', 'nein', 'falsch', 'non', 'off') then 'false'
    end
);
-- macro   mended(words, kind): what a text that is no literal of its type could mean, as a list: the one reading there is, or none
create or replace macro mended(words, kind) as (
    list_filter(
        [
            case
                when kind = 'TIMESTAMPTZ' then mended_instant(words)
                when kind = 'DATE' then left(mended_instant(words), 10)
                when kind = 'BOOLEAN' then mended_boolean(words)
                when kind = 'BIGINT' and is_integer(mended_decimal(words)) then mended_decimal(words)
                when starts_with(kind, 'DECIMAL') then mended_decimal(words)
            end
        ],
        lambda reading: reading is not null
    )
);
-- macro   is_json_array(words): the text is a JSON array
create or replace macro is_json_array(words) as (json_valid(words) and json_type(if(json_valid(words), words, 'null')) = 'ARRAY');
-- macro   text_list(words): a JSON array or ;-separated text as a list without blanks and empty items; an empty list is null
create or replace macro text_list(words) as (
    list_filter(
        list_transform(
            if(is_json_array(words), json_extract_string(if(is_json_array(words), words, '[]'), '$[*]'), string_split(words, ';')),
            lambda item: trimmed(item)
        ),
        lambda item: item is not null
    )
);
