-- macro   pacific_us(day, clock, zone): a wall time of the dashboard, such as 6:06 PM PDT, of a local day, as microseconds since 1970
create or replace macro pacific_us(day, clock, zone) as (
    epoch_us(try_strptime(strftime(day::date, '%Y-%m-%d ') || replace(clock, ' ', ''), '%Y-%m-%d %I:%M%p'))
    + if(zone = 'PDT', 7, 8) * 3600000000
);
-- macro   pacific_day(us, zone): the local day of an instant
create or replace macro pacific_day(us, zone) as (make_timestamp(us - if(zone = 'PDT', 7, 8) * 3600000000)::date);
-- macro   post_us(stamp, posted_us): a post's time, such as "Jan 23, 12:41 AM PST": of the named day nearest to that of the event, else of that day
create or replace macro post_us(stamp, posted_us) as (
    pacific_us(
        coalesce(
            list_sort(
                list_transform(
                    list_filter(
                        list_transform(
                            [-1, 0, 1],
                            lambda later: try_strptime(
                                concat(
                                    year(pacific_day(posted_us, right(stamp, 3))) + later, ' ',
                                    regexp_extract(stamp, '([A-Z][a-z]{2}) +\d{1,2},', 1), ' ',
                                    regexp_extract(stamp, '[A-Z][a-z]{2} +(\d{1,2}),', 1)
                                ),
                                '%Y %b %d'
                            )::date
                        ),
                        lambda day: day is not null
                    ),
                    lambda day: { 'away': abs(day - pacific_day(posted_us, right(stamp, 3))), 'day': day }
                )
            )[1].day,
            pacific_day(posted_us, right(stamp, 3))
        ),
        regexp_extract(stamp, '(\d{1,2}:\d{2} ?[AP]M)', 1),
        right(stamp, 3)
    )
);
