-- builds  measured.clock_spans (working table): one row per clock and severity that it is judged for: from when to when, by which target
-- reads   clocks, spans of severity, terms of incidents
-- rule    R-SV1 retroactive_strictest: the strictest target that applied, from the start; a justified downgrade ends it and begins the lower
--         one, from the start too (R-SV3). reset_on_change: each from its change. segment: each severity consumes its share (E110).
--         final_severity: the last class, whatever the reasons (E33). What was misclassified from the start has no verdict (E35)
with held as (
    select
        clock.clock_no,
        clock.severity_change,
        clock.start_us,
        clock.end_us,
        span.group_no,
        span.span_no,
        span.severity,
        coalesce(span.from_us, clock.start_us) as from_us,
        coalesce(span.until_us, never_us()) as until_us,
        span.is_downgraded_after,
        span.is_void,
        terms.severity is not null as has_target
    from measured.clocks as clock
    inner join measured.severity_spans as span on clock.incident_id = span.incident_id
    left join run.incident_terms as terms
        on
            clock.contract_version_id = terms.contract_version_id
            and clock.measure_id = terms.measure_id
            and span.severity = terms.severity
    where
        clock.severity_change <> 'final_severity'
        and coalesce(span.until_us, never_us()) > clock.start_us
        and (coalesce(span.from_us, clock.start_us) <= clock.start_us or span.from_us < clock.end_us)
),

strictest as (
    select
        clock_no,
        group_no,
        min(severity) filter (where has_target) as severity,
        min(start_us) as from_us,
        max(until_us) as until_us,
        bool_or(is_void) as is_void,
        'retroactive_strictest' as decided_by
    from held
    where severity_change = 'retroactive_strictest'
    group by clock_no, group_no
),

each as (
    select
        clock_no,
        span_no as group_no,
        severity,
        greatest(from_us, start_us) as from_us,
        until_us,
        is_void,
        if(is_downgraded_after, 'downgraded', 'superseded') as ended_by
    from held
    where severity_change = 'reset_on_change' and has_target
),

consumed as (
    select
        clock_no,
        max(span_no) as group_no,
        arg_max(severity, span_no) as severity,
        min(start_us) as from_us,
        never_us() as until_us
    from held
    where severity_change = 'segment' and has_target and not is_void
    group by clock_no
),

final as (
    select
        clock.clock_no,
        incident.severity_final as severity,
        clock.start_us as from_us
    from measured.clocks as clock
    inner join reconciled.incidents as incident on clock.incident_id = incident.incident_id
    where clock.severity_change = 'final_severity'
),

judged as (
    select clock_no, group_no, severity, from_us, until_us, is_void, 'downgraded' as ended_by
    from strictest
    union all
    select clock_no, group_no, severity, from_us, until_us, is_void, ended_by
    from each
    union all
    select clock_no, group_no, severity, from_us, until_us, false as is_void, 'downgraded' as ended_by
    from consumed
    union all
    select clock_no, 0 as group_no, severity, from_us, never_us() as until_us, false as is_void, 'downgraded' as ended_by
    from final
)

select
    row_number() over (order by clock.clock_no, judged.severity) as target_no,
    clock.clock_no,
    clock.incident_id,
    judged.severity,
    clock.severity_change,
    judged.from_us as start_us,
    -- where the clock of this severity ended: with the incident's, or when the severity was taken away
    greatest(least(clock.end_us, judged.until_us), judged.from_us) as end_us,
    clock.stop_us is not null and clock.stop_us <= judged.until_us as is_stopped,
    clock.end_us > judged.until_us as is_ended_early,
    judged.ended_by,
    judged.is_void,
    clock.is_stop_lost,
    terms.service_hours,
    terms.target_us as stated_target_us,
    terms.business_days,
    terms.until,
    terms.day_calendar,
    terms.pause_reasons
from judged
inner join measured.clocks as clock on judged.clock_no = clock.clock_no
inner join run.incident_terms as terms
    on
        clock.contract_version_id = terms.contract_version_id
        and clock.measure_id = terms.measure_id
        and judged.severity = terms.severity
-- of several spans of one severity the longest is told: what the others missed it missed too
qualify
    row_number() over (
        partition by clock.clock_no, judged.severity
        order by
            judged.is_void,
            greatest(least(clock.end_us, judged.until_us), judged.from_us) - judged.from_us desc,
            judged.group_no desc
    ) = 1
