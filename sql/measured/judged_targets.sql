-- builds  measured.judged_targets (working table): one row per judged severity of a clock, whatever its reading: counted time, due, verdicts
-- reads   clocks, their spans, limits, marks and pauses, shares of segments, disputes and their spans
-- rule    R-CL3 elapsed <= target is met; R-OP1 a target already passed is breached_open, else running; R-SV3 a target that a justified downgrade
--         took away in time is met; E35 what was misclassified is not applicable. R-DI1 the headline holds disputed time out;
--         R-DI3 where the severity itself is disputed the headline does not say breached if the milder severity's target was met, or it has none
with uncounted as (
    select
        target_no,
        sum(until_us - from_us) filter (where kind = 'paused' and is_headline)::bigint as paused_us,
        sum(until_us - from_us) filter (where kind = 'all' and is_headline)::bigint as headline_us,
        sum(until_us - from_us) filter (where kind = 'all' and not is_headline)::bigint as counted_us
    from measured.clock_pauses
    group by target_no
),

disputed as (
    select distinct incident_id
    from measured.dispute_spans
    where standing = 'open' and part_no is null and scope in ('whole', 'portion')
),

-- the severity that the disputing party holds true, the mildest of several; none of the known ones: as mild as can be
contested as (
    select
        span.incident_id,
        coalesce(max(general.severity), max(upper(dispute.claimed_value)), 'P4') as severity
    from measured.dispute_spans as span
    inner join staged.dispute as dispute on span.dispute_id = dispute.dispute_id
    left join run.severity_map as general on lower(dispute.claimed_value) = general.severity_raw and general.source_system is null
    where span.standing = 'open' and span.part_no is null and span.scope = 'severity'
    group by span.incident_id
),

used as (
    select
        target_no,
        max(share_before + share) as share,
        max(share_den) as share_den
    from measured.segment_shares
    where is_last
    group by target_no
),

timed as (
    select
        span.*,
        clock.reading,
        limits.target_us,
        mark.counted_us as allowed_us,
        mark.mark_us as due_us,
        coalesce(uncounted.paused_us, 0) as paused_us,
        limits.end_counted_us - limits.start_counted_us as open_us,
        limits.end_counted_us - limits.start_counted_us - coalesce(uncounted.headline_us, 0) as elapsed_us,
        limits.end_counted_us - limits.start_counted_us - coalesce(uncounted.counted_us, 0) as counted_us,
        disputed.incident_id is not null or coalesce(contested.severity > span.severity, false) as is_disputed,
        coalesce(contested.severity > span.severity, false) as is_severity_disputed,
        claimed.target_us as claimed_us,
        used.share,
        used.share_den
    from measured.clock_spans as span
    inner join measured.clocks as clock on span.clock_no = clock.clock_no
    inner join measured.clock_limits as limits on span.target_no = limits.target_no
    inner join measured.clock_marks as mark on span.target_no = mark.target_no and mark.threshold_pct = 100
    left join uncounted on span.target_no = uncounted.target_no
    left join disputed on span.incident_id = disputed.incident_id
    left join contested on span.incident_id = contested.incident_id
    left join run.incident_terms as claimed
        on
            clock.contract_version_id = claimed.contract_version_id
            and clock.measure_id = claimed.measure_id
            and contested.severity = claimed.severity
    left join used on span.target_no = used.target_no
),

verdicts as (
    select
        *,
        unnest(if(is_disputed, [true, false], [true])) as is_headline
    from timed
),

-- shares of several targets are used up together, or not at all where the rest of the time has no target
late as (
    select
        *,
        if(is_headline, elapsed_us, counted_us) > allowed_us
        and coalesce(share > share_den * 1000000, true)
        and not (is_headline and is_severity_disputed and coalesce(elapsed_us <= claimed_us, true)) as is_late
    from verdicts
),

judged as (
    select
        target_no,
        is_headline,
        case
            when is_void then 'not_applicable'
            when is_late and (is_stopped or is_ended_early) then 'breached'
            when is_stop_lost then 'insufficient_evidence'
            when is_late then 'breached_open'
            when is_ended_early and ended_by = 'superseded' then 'not_applicable'
            when is_stopped or is_ended_early then 'met'
            else 'running'
        end as status
    from late
),

stood as (
    select
        target_no,
        max(status) filter (where is_headline) as status,
        max(status) filter (where not is_headline) as status_if_counted
    from judged
    group by target_no
)

select
    timed.target_no,
    timed.clock_no,
    timed.incident_id,
    timed.reading,
    timed.severity,
    timed.severity_change,
    timed.start_us,
    timed.end_us,
    timed.is_stopped or timed.is_ended_early as is_over,
    timed.service_hours,
    timed.target_us,
    timed.due_us,
    timed.elapsed_us,
    timed.paused_us,
    timed.end_us - timed.start_us - timed.open_us as closed_us,
    -- what the milder severity that a dispute claims would allow is not over, whatever this one allows (R-DI3)
    if(
        timed.share <= timed.share_den * 1000000 or stood.status in ('met', 'running'),
        0,
        greatest(timed.elapsed_us - timed.allowed_us, 0)
    ) as over_us,
    if(timed.share <= timed.share_den * 1000000, 0, greatest(timed.counted_us - timed.allowed_us, 0)) as over_if_counted_us,
    least(
        coalesce(
            (timed.share * 100) // timed.share_den,
            (timed.elapsed_us::hugeint * 100000000) // timed.target_us
        ),
        999999999
    ) as consumed_ppm,
    timed.is_disputed,
    stood.status,
    stood.status_if_counted
from timed
inner join stood on timed.target_no = stood.target_no
