-- builds  measured.level_shifts (working table): one row per headline of level_margins that is breached or close, and kind of change: the smallest
--         move of one outage's start or end that turns the verdict; null = none does
-- reads   margins, segments of the scopes, applied exclusions, parts, the policy's tolerance
-- rule    K6. An outage is a stretch of downtime of any sort; one that reaches over the window's edge moves at its other end alone. It grows over
--         agreed time that is up or unmeasured, not over what maintenance or an applied exclusion takes out
with subjects as (
    select margin.*
    from measured.level_margins as margin
    cross join run.policy as policy
    where margin.status = 'breached' or margin.need_us <= policy.skew_us
),

edges as (
    select
        segment.scope_no,
        unnest([segment.start_us, segment.end_us]) as edge_us,
        unnest([segment.level, -segment.level]) as level_step,
        unnest([segment.is_agreed::integer, -(segment.is_agreed::integer)]) as agreed_step,
        0 as excluded_step
    from measured.scope_segments as segment
    semi join subjects as subject on segment.scope_no = subject.scope_no
    where segment.stratum = 1
    union all
    select
        subject.scope_no,
        unnest([exclusion.start_us, exclusion.end_us]) as edge_us,
        0 as level_step,
        0 as agreed_step,
        unnest([1, -1]) as excluded_step
    from measured.part_exclusions as exclusion
    inner join subjects as subject on exclusion.part_no = subject.part_no
    where exclusion.status = 'applied'
),

states as (
    select
        scope_no,
        edge_us as start_us,
        lead(edge_us) over so_far as end_us,
        (sum(level_step) over so_far)::bigint as level,
        sum(agreed_step) over so_far > 0 as is_agreed,
        sum(excluded_step) over so_far > 0 as is_excluded
    from edges
    window so_far as (partition by scope_no order by edge_us)
),

pieces as (
    select
        states.scope_no,
        states.start_us,
        states.end_us,
        states.level,
        states.level >= 3 as is_outage,
        if(states.is_agreed and states.level = 5, states.end_us - states.start_us, 0) as counted_us,
        if(
            states.is_agreed
            and not states.is_excluded
            and (states.level = 0 or (states.level = 1 and scope.unmeasured_time <> 'down')),
            states.end_us - states.start_us,
            0
        ) as free_us
    from states
    inner join measured.scopes as scope on states.scope_no = scope.scope_no
    where states.end_us > states.start_us
),

placed as (
    select
        *,
        (sum(counted_us) over so_far)::bigint - counted_us as counted_before_us,
        (sum(free_us) over so_far)::bigint - free_us as free_before_us,
        count(*) filter (where not is_outage) over so_far as stretch_no
    from pieces
    window so_far as (partition by scope_no order by start_us rows unbounded preceding)
),

stretches as (
    select
        placed.scope_no,
        subject.status,
        subject.need_us,
        placed.stretch_no,
        min(placed.start_us) as start_us,
        max(placed.end_us) as end_us,
        min(placed.counted_before_us) as counted_before_us,
        max(placed.counted_before_us + placed.counted_us) as counted_until_us,
        min(placed.free_before_us) as free_before_us,
        min(placed.start_us) > any_value(part.start_us) as has_start,
        max(placed.end_us) < any_value(part.end_us) as has_end,
        -- what is in dispute stays so, whatever it grows by
        arg_min(placed.level, placed.start_us) = 4 as is_disputed_before,
        arg_max(placed.level, placed.start_us) = 4 as is_disputed_after
    from placed
    inner join subjects as subject on placed.scope_no = subject.scope_no
    inner join measured.parts as part on subject.part_no = part.part_no
    where placed.is_outage
    group by placed.scope_no, placed.stretch_no, subject.status, subject.need_us
),

free_time as (
    select
        scope_no,
        sum(free_us)::bigint as free_us
    from pieces
    group by scope_no
),

counted_pieces as (
    select scope_no, start_us, counted_before_us
    from placed
    where counted_us > 0
),

free_pieces as (
    select scope_no, start_us, free_before_us
    from placed
    where free_us > 0
),

later_starts as (
    select
        stretch.scope_no,
        'later_start' as change_kind,
        piece.start_us + stretch.counted_before_us + stretch.need_us - piece.counted_before_us - stretch.start_us as change_us
    from stretches as stretch
    asof inner join counted_pieces as piece
        on stretch.scope_no = piece.scope_no and stretch.counted_before_us + stretch.need_us > piece.counted_before_us
    where
        stretch.status = 'breached'
        and stretch.has_start
        and stretch.counted_before_us + stretch.need_us <= stretch.counted_until_us
),

earlier_ends as (
    select
        stretch.scope_no,
        'earlier_end' as change_kind,
        stretch.end_us - (piece.start_us + stretch.counted_until_us - stretch.need_us - piece.counted_before_us) as change_us
    from stretches as stretch
    asof inner join counted_pieces as piece
        on stretch.scope_no = piece.scope_no and stretch.counted_until_us - stretch.need_us >= piece.counted_before_us
    where
        stretch.status = 'breached'
        and stretch.has_end
        and stretch.counted_until_us - stretch.need_us >= stretch.counted_before_us
),

earlier_starts as (
    select
        stretch.scope_no,
        'earlier_start' as change_kind,
        stretch.start_us - (piece.start_us + stretch.free_before_us - stretch.need_us - piece.free_before_us) as change_us
    from stretches as stretch
    asof inner join free_pieces as piece
        on stretch.scope_no = piece.scope_no and stretch.free_before_us - stretch.need_us >= piece.free_before_us
    where stretch.status = 'met' and stretch.has_start and not stretch.is_disputed_before
),

later_ends as (
    select
        stretch.scope_no,
        'later_end' as change_kind,
        piece.start_us + stretch.free_before_us + stretch.need_us - piece.free_before_us - stretch.end_us as change_us
    from stretches as stretch
    asof inner join free_pieces as piece
        on stretch.scope_no = piece.scope_no and stretch.free_before_us + stretch.need_us > piece.free_before_us
    inner join free_time on stretch.scope_no = free_time.scope_no
    where
        stretch.status = 'met'
        and stretch.has_end
        and not stretch.is_disputed_after
        and stretch.free_before_us + stretch.need_us <= free_time.free_us
),

moves as (
    from later_starts
    union all by name
    from earlier_ends
    union all by name
    from earlier_starts
    union all by name
    from later_ends
),

asked as (
    select
        scope_no,
        unnest(if(status = 'breached', ['later_start', 'earlier_end'], ['earlier_start', 'later_end'])) as change_kind
    from subjects
)

select
    asked.scope_no,
    asked.change_kind,
    min(moves.change_us) as change_us
from asked
left join moves on asked.scope_no = moves.scope_no and asked.change_kind = moves.change_kind
group by asked.scope_no, asked.change_kind
