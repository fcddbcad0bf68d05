-- macro   is_open_end(words, moment): an alert's end that says it still fires: Go's zero time, no time at all, or one not reached at `moment`
create or replace macro is_open_end(words, moment) as (
    coalesce(
        words is null
        or starts_with(words, '0001-01-01')
        or try_cast(words as timestamptz) > try_cast(moment as timestamptz),
        false
    )
);
-- macro   alert_signal(name, rule): what kind of signal an alert is: as its label says, else by the words in its rule's name
create or replace macro alert_signal(name, rule) as (
    case
        when lower(name) in ('latency', 'traffic', 'errors', 'saturation', 'synthetic', 'heartbeat', 'log', 'other') then lower(name)
        when regexp_matches(rule, '(?i)latency|slow|duration') then 'latency'
        when regexp_matches(rule, '(?i)error|5xx|fail') then 'errors'
        when regexp_matches(rule, '(?i)cpu|memory|disk|saturat|queue|full') then 'saturation'
        when regexp_matches(rule, '(?i)probe|blackbox|synthetic') then 'synthetic'
        when regexp_matches(rule, '(?i)down|absent|heartbeat|watchdog|deadman') then 'heartbeat'
        else 'other'
    end
);
