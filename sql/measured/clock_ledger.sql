-- builds  measured.clock_ledger: one row per span of a headline result's or a listed target's clock, where anything but up or
--         closed time, or plain counting, occurs in it
-- reads   spans of the ledger, incidents and records behind them, shares of them that are lost, the parts, weights of counted time, users, spans
--         and names of listed targets, what a clock does not count
-- rule    K3: spans partition [start, end) of the result; neighbours that say the same are one row; the weight is the share lost in it
with eventful as (
    select distinct scope_no
    from measured.ledger_spans
    where counted_as not in ('up', 'closed')
),

incidents as (
    select
        scope_no,
        start_us,
        list(incident_id order by incident_id) filter (where incident_id is not null) as incident_ids
    from measured.ledger_incidents
    group by scope_no, start_us
),

records as (
    select
        scope_no,
        start_us,
        list(raw_id order by raw_id) as raw_ids
    from measured.ledger_records
    group by scope_no, start_us
),

described as (
    select
        span.result_id,
        span.start_us,
        span.end_us,
        span.counted_as,
        span.rule_id,
        case
            when span.counted_as <> 'counted' then 0
            when part.kind = 'error_rate' then coalesce(losses.weight, if(span.rule_id = 'R-GR8', 1, 0))
            when part.partial_outage = 'binary' then 1
            else millionths(coalesce(if(span.end_us <= weight.end_us, weight.weight_ppm, 0), 0) // coalesce(users.users, 1))
        end::decimal(9, 6) as weight,
        coalesce(incidents.incident_ids, []) as incident_ids,
        coalesce(records.raw_ids, []) as raw_ids
    from measured.ledger_spans as span
    semi join eventful on span.scope_no = eventful.scope_no
    inner join measured.parts as part on span.part_no = part.part_no
    asof left join measured.counted_weights as weight on span.scope_no = weight.scope_no and span.start_us >= weight.start_us
    left join measured.part_users as users
        on span.part_no = users.part_no and span.start_us >= users.start_us and span.start_us < users.end_us
    left join incidents on span.scope_no = incidents.scope_no and span.start_us = incidents.start_us
    left join records on span.scope_no = records.scope_no and span.start_us = records.start_us
    left join measured.ledger_losses as losses on span.scope_no = losses.scope_no and span.start_us = losses.start_us
),

compared as (
    select
        *,
        row(counted_as, rule_id, weight, incident_ids, raw_ids) as said,
        lag(row(counted_as, rule_id, weight, incident_ids, raw_ids)) over (partition by result_id order by start_us) as said_before
    from described
),

numbered as (
    select
        *,
        count(*) filter (where said_before is null or said <> said_before) over (partition by result_id order by start_us) as span_no
    from compared
),

eventful_targets as (
    select distinct target_no
    from measured.target_spans
    where counted_as <> 'counted'
),

target_states as (
    select
        span.*,
        lag(span.counted_as) over (partition by span.target_no order by span.start_us) as counted_before
    from measured.target_spans as span
    semi join eventful_targets as eventful on span.target_no = eventful.target_no
),

numbered_states as (
    select
        *,
        count(*) filter (where counted_as is distinct from counted_before) over (partition by target_no order by start_us) as run_no
    from target_states
),

target_runs as (
    select
        target_no,
        run_no,
        counted_as,
        rule_id,
        min(start_us) as start_us,
        max(end_us) as end_us
    from numbered_states
    group by target_no, run_no, counted_as, rule_id
),

target_records as (
    select
        run.target_no,
        run.run_no,
        list(distinct span.raw_id order by span.raw_id) filter (where span.raw_id is not null) as raw_ids
    from target_runs as run
    inner join measured.uncounted_spans as span
        on
            run.target_no = span.target_no
            and run.counted_as = if(span.is_paused, 'paused', 'disputed')
            and run.start_us < span.until_us
            and run.end_us > span.from_us
    where span.is_headline
    group by run.target_no, run.run_no
),

targets as (
    select distinct
        target_no,
        incident_id,
        target_id
    from measured.listed_targets
)

select
    'sla_result' as subject_kind,
    result_id as subject_id,
    make_timestamptz(min(start_us)) as start_at,
    make_timestamptz(max(end_us)) as end_at,
    max(end_us) - min(start_us) as length_us,
    counted_as,
    weight,
    rule_id,
    incident_ids,
    raw_ids
from numbered
group by result_id, span_no, counted_as, weight, rule_id, incident_ids, raw_ids
union all
select
    'incident_target' as subject_kind,
    targets.target_id as subject_id,
    make_timestamptz(run.start_us) as start_at,
    make_timestamptz(run.end_us) as end_at,
    run.end_us - run.start_us as length_us,
    run.counted_as,
    if(run.counted_as = 'counted', 1, 0)::decimal(9, 6) as weight,
    run.rule_id,
    [targets.incident_id] as incident_ids,
    coalesce(record.raw_ids, []) as raw_ids
from target_runs as run
inner join targets on run.target_no = targets.target_no
left join target_records as record on run.target_no = record.target_no and run.run_no = record.run_no
