-- macro   pacific_us(day, clock, zone): a wall time of the dashboard, such as 6:06 PM PDT, of a local day, as microseconds since 1970
create or replace macro pacific_us(day, clock, zone) as (
    epoch_us(try_strptime(strftime(day::date, '%Y-%m-%d ') || clock, '%Y-%m-%d %I:%M %p')) + if(zone = 'PDT', 7, 8) * 3600000000
);
-- macro   pacific_day(us, zone): the local day of an instant
create or replace macro pacific_day(us, zone) as (make_timestamp(us - if(zone = 'PDT', 7, 8) * 3600000000)::date);
