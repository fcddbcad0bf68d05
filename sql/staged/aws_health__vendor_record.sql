-- builds  staged.aws_health__vendor_record (adapter): one row per event of the AWS service health dashboard
-- reads   data.json ({"archive": [...], "current": [...]})
-- rule    DESIGN 4; times are wall times of the US Pacific coast inside HTML, to the minute, with PDT or PST; a day is named only when it is
--         another than that of the first post
-- seen    `date` is when the first post was written, as text of seconds since 1970; the last post of a resolved event mostly says
--         "Between 5:42 PM and 7:04 PM PDT": that is the span the provider admits, and it lies before that post
--
-- service and date → vendor_key; the source's system → provider_id; summary without its mark → title; service → component_raw
-- begin of that span, else date → started_at; end of that span, else the last post's time, if it is resolved → ended_at
-- date → report_issued_at; status (0 to 3) → severity_raw; text of the last post → cause; [RESOLVED] → status final, else draft
with events as (
    select
        *,
        starts_with(summary, '[RESOLVED]') as is_resolved,
        regexp_extract_all(description, '(?s)<span class="yellowfg">(.*?)</span>(.*?)</div>', 1)[-1] as last_clock,
        regexp_extract_all(description, '(?s)<span class="yellowfg">(.*?)</span>(.*?)</div>', 2)[-1] as last_html,
        try_cast(if(regexp_full_match(date, '\d{1,11}'), date, null) as bigint) * 1000000 as posted_us
    from payload.rows
),

posts as (
    select
        *,
        trim(regexp_replace(regexp_replace(last_html, '<[^>]*>|&nbsp;', ' ', 'g'), '\s+', ' ', 'g')) as last_words,
        regexp_extract(last_clock, '(\d{1,2}:\d{2} [AP]M) (P[DS]T)', ['clock', 'zone']) as told,
        regexp_extract(last_clock, '([A-Z][a-z]{2}) +(\d{1,2}),', ['month', 'day']) as named
    from events
),

days as (
    select
        *,
        pacific_day(posted_us, told.zone) as first_day,
        regexp_extract(
            last_words, 'Between (\d{1,2}:\d{2} [AP]M) and (\d{1,2}:\d{2} [AP]M) (P[DS]T)', ['start_clock', 'end_clock', 'zone']
        ) as admitted
    from posts
),

closings as (
    select
        *,
        if(
            named.month = '',
            first_day,
            coalesce(
                list_filter(
                    list_transform(
                        [0, 1],
                        lambda later: try_strptime(
                            concat(year(first_day) + later, ' ', named.month, ' ', named.day), '%Y %b %d'
                        )::date
                    ),
                    lambda day: day >= first_day
                )[1],
                first_day
            )
        ) as last_day
    from days
),

ends as (
    select
        *,
        pacific_us(last_day, told.clock, told.zone) as last_us,
        pacific_us(last_day, admitted.end_clock, admitted.zone) as end_us
    from closings
),

spans as (
    select
        *,
        if(end_us > last_us, end_us - 86400000000, end_us) as admitted_end_us,
        pacific_us(
            pacific_day(if(end_us > last_us, end_us - 86400000000, end_us), admitted.zone), admitted.start_clock, admitted.zone
        ) as start_us
    from ends
)

select
    landing_seq,
    source_row,
    received,
    service || '@' || date as vendor_key,
    source_system as provider_id,
    trim(replace(summary, '[RESOLVED]', '')) as title,
    service as component_raw,
    if(
        is_resolved and start_us is not null,
        strftime(make_timestamp(if(start_us > admitted_end_us, start_us - 86400000000, start_us)), '%Y-%m-%dT%H:%MZ'),
        coalesce(strftime(make_timestamp(posted_us), '%Y-%m-%dT%H:%M:%SZ'), date)
    ) as started_at,
    if(is_resolved and start_us is not null, admitted.start_clock || ' ' || admitted.zone, date) as started_at__received,
    if(
        is_resolved,
        strftime(make_timestamp(coalesce(admitted_end_us, greatest(last_us, posted_us))), '%Y-%m-%dT%H:%MZ'),
        null
    ) as ended_at,
    if(is_resolved, coalesce(nullif(admitted.end_clock, '') || ' ' || admitted.zone, trim(last_clock)), null) as ended_at__received,
    coalesce(strftime(make_timestamp(posted_us), '%Y-%m-%dT%H:%M:%SZ'), date) as report_issued_at,
    date as report_issued_at__received,
    status as severity_raw,
    last_words as cause,
    if(is_resolved, 'final', 'draft') as status,
    look_version(date, received) as source_version
from spans
