-- builds  measured.target_shifts (working table): one row per listed target that is missed or close and kind of change: the smallest move of its
--         clock's start or end that turns the verdict
-- reads   listed targets, spans, limits and marks of their clocks, open hours, what a clock does not count, disputes, the policy's tolerance
-- rule    K6, R-CL3 elapsed <= target is met: of a missed one so much must go that nothing is over, of a met one one microsecond more must count.
--         A start that moves the target with it (business days), or of shares (segment), is not looked at; nor an end inside a pause, nor an incident
--         whose severity is in dispute
with contested as (
    select distinct incident_id
    from measured.dispute_spans
    where standing = 'open' and part_no is null and scope = 'severity'
),

subjects as (
    select
        target.target_no,
        target.service_hours,
        target.start_us,
        target.end_us,
        target.elapsed_us,
        target.status,
        mark.counted_us as allowed_us,
        limits.start_counted_us,
        limits.end_counted_us,
        span.business_days is null and target.severity_change <> 'segment' as has_start
    from measured.listed_targets as target
    inner join measured.clock_spans as span on target.target_no = span.target_no
    inner join measured.clock_limits as limits on target.target_no = limits.target_no
    inner join measured.clock_marks as mark on target.target_no = mark.target_no and mark.threshold_pct = 100
    cross join run.policy as policy
    anti join contested on target.incident_id = contested.incident_id
    where target.status in ('breached', 'breached_open') or (target.status = 'met' and mark.counted_us - target.elapsed_us < policy.skew_us)
    qualify row_number() over (partition by target.target_no order by target.window_start_us desc) = 1
),

pieces as (
    select
        target_no,
        start_us,
        (sum(end_us - start_us) over (partition by target_no order by start_us))::bigint - (end_us - start_us) as before_us
    from measured.target_spans
    where counted_as = 'counted'
),

cut_off as (
    select distinct uncounted.target_no
    from measured.uncounted_spans as uncounted
    inner join subjects as subject on uncounted.target_no = subject.target_no and subject.end_us = uncounted.until_us
),

later_starts as (
    select
        subject.target_no,
        'later_start' as change_kind,
        piece.start_us + subject.elapsed_us - subject.allowed_us - piece.before_us - subject.start_us as change_us
    from subjects as subject
    asof inner join pieces as piece
        on subject.target_no = piece.target_no and subject.elapsed_us - subject.allowed_us > piece.before_us
    where subject.status <> 'met' and subject.has_start
),

earlier_ends as (
    select
        subject.target_no,
        'earlier_end' as change_kind,
        subject.end_us - (piece.start_us + subject.allowed_us - piece.before_us) as change_us
    from subjects as subject
    asof inner join pieces as piece on subject.target_no = piece.target_no and subject.allowed_us >= piece.before_us
    where subject.status = 'breached'
),

earlier_starts as (
    select
        subject.target_no,
        'earlier_start' as change_kind,
        subject.start_us
        - (hours.start_us + subject.start_counted_us - (subject.allowed_us - subject.elapsed_us + 1) - hours.counted_before_us) as change_us
    from subjects as subject
    asof inner join measured.clock_hours as hours
        on
            subject.service_hours = hours.calendar_id
            and subject.start_counted_us - (subject.allowed_us - subject.elapsed_us + 1) >= hours.counted_before_us
    where subject.status = 'met' and subject.has_start
),

later_ends as (
    select
        subject.target_no,
        'later_end' as change_kind,
        hours.start_us + subject.end_counted_us + (subject.allowed_us - subject.elapsed_us + 1) - hours.counted_before_us - subject.end_us
            as change_us
    from subjects as subject
    asof inner join measured.clock_hours as hours
        on
            subject.service_hours = hours.calendar_id
            and subject.end_counted_us + (subject.allowed_us - subject.elapsed_us + 1) > hours.counted_before_us
    anti join cut_off on subject.target_no = cut_off.target_no
    where
        subject.status = 'met'
        and subject.end_counted_us + (subject.allowed_us - subject.elapsed_us + 1) - hours.counted_before_us <= hours.end_us - hours.start_us
)

from later_starts
union all by name
from earlier_ends
union all by name
from earlier_starts
union all by name
from later_ends
