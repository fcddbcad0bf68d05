-- builds  staged.aws_health__vendor_record (adapter): one row per event of the AWS service health dashboard
-- reads   data.json ({"archive": [...], "current": [...]})
-- rule    DESIGN 4; times are wall times of the US Pacific coast inside HTML, to the minute, with PDT or PST; a day is named only where it is
--         another than that of `date`
-- seen    `date` is mostly when the first post was written, sometimes a later one, as text of seconds since 1970; the last post of a resolved
--         event mostly says "Between 5:42 PM and 7:04 PM PDT": that is the span the provider admits, and it lies before that post
--
-- service and date → vendor_key; the source's system → provider_id; summary without its mark → title; service → component_raw
-- begin of that span, else the earlier of date and the first post → started_at; end of that span, else the last post → ended_at, if resolved
-- date → report_issued_at; status (0 to 3) → severity_raw; text of the last post → cause; [RESOLVED] → status final, else draft
with events as (
    select
        *,
        contains(summary, '[RESOLVED]') as is_resolved,
        list_transform(
            regexp_extract_all(description, '(?s)<span class="yellowfg">(.*?)</span>(.*?)</div>', 1), lambda stamp: trim(stamp)
        ) as stamps,
        regexp_extract_all(description, '(?s)<span class="yellowfg">(.*?)</span>(.*?)</div>', 2)[-1] as last_html,
        try_cast(if(regexp_full_match(date, '\d{1,11}'), date, null) as bigint) * 1000000 as posted_us
    from payload.rows
),

posts as (
    select
        *,
        trim(regexp_replace(regexp_replace(last_html, '<[^>]*>|&nbsp;', ' ', 'g'), '\s+', ' ', 'g')) as last_words,
        post_us(stamps[1], posted_us) as first_us,
        post_us(stamps[-1], posted_us) as last_us
    from events
),

admissions as (
    select
        *,
        least(posted_us, first_us) as told_us,
        regexp_extract(
            if(is_resolved, last_words, ''),
            'Between (\d{1,2}:\d{2} ?[AP]M)(?: P[DS]T)? and (\d{1,2}:\d{2} ?[AP]M) (P[DS]T)',
            ['start_clock', 'end_clock', 'zone']
        ) as admitted
    from posts
),

ends as (
    select
        *,
        pacific_us(pacific_day(last_us, admitted.zone), admitted.end_clock, admitted.zone) as end_us
    from admissions
),

closed as (
    select
        * replace (if(end_us > last_us, end_us - 86400000000, end_us) as end_us)
    from ends
),

starts as (
    select
        *,
        pacific_us(pacific_day(end_us, admitted.zone), admitted.start_clock, admitted.zone) as start_us
    from closed
),

spans as (
    select
        * replace (if(start_us > end_us, start_us - 86400000000, start_us) as start_us)
    from starts
)

select
    landing_seq,
    source_row,
    received,
    service || '@' || date as vendor_key,
    source_system as provider_id,
    trim(replace(summary, '[RESOLVED]', '')) as title,
    service as component_raw,
    case
        when start_us is not null then strftime(make_timestamp(start_us), '%Y-%m-%dT%H:%MZ')
        when told_us < posted_us - 60000000 then strftime(make_timestamp(told_us), '%Y-%m-%dT%H:%MZ')
        else coalesce(strftime(make_timestamp(posted_us), '%Y-%m-%dT%H:%M:%SZ'), date)
    end as started_at,
    case
        when start_us is not null then admitted.start_clock || ' ' || admitted.zone
        when told_us < posted_us - 60000000 then stamps[1]
        else date
    end as started_at__received,
    case
        when start_us is not null then strftime(make_timestamp(end_us), '%Y-%m-%dT%H:%MZ')
        when is_resolved and last_us < posted_us and told_us >= posted_us - 60000000
            then strftime(make_timestamp(posted_us), '%Y-%m-%dT%H:%M:%SZ')
        when is_resolved then strftime(make_timestamp(last_us), '%Y-%m-%dT%H:%MZ')
    end as ended_at,
    case
        when start_us is not null then admitted.end_clock || ' ' || admitted.zone
        when is_resolved then stamps[-1]
    end as ended_at__received,
    coalesce(strftime(make_timestamp(posted_us), '%Y-%m-%dT%H:%M:%SZ'), date) as report_issued_at,
    date as report_issued_at__received,
    status as severity_raw,
    last_words as cause,
    if(is_resolved, 'final', 'draft') as status,
    look_version(date, received) as source_version
from spans
