-- macro   instant_kind(words): how a text names an instant: `offset` (ISO 8601 with offset or Z), `local` (without), `day` (a bare date), else `bad`
create or replace macro instant_kind(words) as (
    case
        when words is null then null
        when regexp_full_match(
            words, '\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4])(:?[0-5]\d)?)'
        ) then 'offset'
        when regexp_full_match(words, '\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?') then 'local'
        when regexp_full_match(words, '\d{4}-\d{2}-\d{2}') then 'day'
        else 'bad'
    end
);
-- macro   instant_offset(words): the offset of a text of kind `offset`, as written: Z, +02:00
create or replace macro instant_offset(words) as (
    if(ends_with(words, 'Z'), 'Z', regexp_extract(words, '[+-]\d{2}(:?\d{2})?$'))
);
-- macro   instant_precision(words, kind): us, ms, s, min or day, by what the text spells (R-TM4)
create or replace macro instant_precision(words, kind) as (
    case
        when kind = 'day' then 'day'
        when coalesce(kind not in ('offset', 'local'), true) then null
        when substr(words, 17, 1) <> ':' then 'min'
        when substr(words, 20, 1) <> '.' then 's'
        when regexp_matches(words, '\.\d{1,3}(\D|$)') then 'ms'
        else 'us'
    end
);
-- macro   wall_instants(wall, offset_us, spans): every instant at which a clock showed this wall time, in order (R-TM2): the day's one offset,
--         or the offset spans that touch the day
create or replace macro wall_instants(wall, offset_us, spans) as (
    case
        when offset_us is not null then [make_timestamptz(epoch_us(wall) - offset_us)]
        else list_transform(
            list_filter(
                spans,
                lambda span: epoch_us(wall) - span.offset_us >= span.start_us and epoch_us(wall) - span.offset_us < span.end_us
            ),
            lambda span: make_timestamptz(epoch_us(wall) - span.offset_us)
        )
    end
);
-- macro   wall_day(wall): the day under which payload.wall_days keeps a wall time; days beyond the table share its first or last one
create or replace macro wall_day(wall) as (least(greatest(wall::date, date '1900-01-01'), date '2099-12-31'));
-- macro   mended_instant(words): a day-first or month-first date or time in ISO 8601, where it can be read in one way only; else null
create or replace macro mended_instant(words) as (
    case
        when regexp_matches(words, '^(\d{1,2}\.\d{1,2}\.\d{4}|(1[3-9]|2\d|3[01])/\d{1,2}/\d{4})')
            then
                coalesce(
                    strftime(try_strptime(replace(words, '/', '.'), ['%d.%m.%Y %H:%M:%S', '%d.%m.%Y %H:%M']), '%Y-%m-%dT%H:%M:%S'),
                    strftime(try_strptime(replace(words, '/', '.'), '%d.%m.%Y'), '%Y-%m-%d')
                )
        when regexp_matches(words, '^\d{1,2}/(1[3-9]|2\d|3[01])/\d{4}') then coalesce(
            strftime(try_strptime(words, ['%m/%d/%Y %H:%M:%S', '%m/%d/%Y %H:%M']), '%Y-%m-%dT%H:%M:%S'),
            strftime(try_strptime(words, '%m/%d/%Y'), '%Y-%m-%d')
        )
    end
);
