-- builds  measured.counted_runs (working table): one row per scope and run of counted downtime, with the part of it that counts
-- reads   segments of the scopes, granularity of their parts
-- rule    R-GR1 in this order: what is excluded or disputed has left, then gaps are bridged (never across excluded, disputed or closed time),
--         then the shortest run, then whole minutes; R-GR2 whole minutes of a run; R-GR3 clock minutes on UTC. A run of weighted time is
--         where anything is lost: the first stratum
with segments as (
    select
        segment.scope_no,
        scope.part_no,
        segment.start_us,
        segment.end_us,
        segment.is_agreed and (segment.level = 5 or (segment.level = 1 and scope.unmeasured_time = 'down')) as is_down,
        segment.is_agreed
        and (segment.level = 0 or (segment.level = 1 and scope.unmeasured_time <> 'remove_from_base')) as is_bridgeable
    from measured.scope_segments as segment
    inner join measured.scopes as scope on segment.scope_no = scope.scope_no
    where segment.stratum = 1
),

placed as (
    select
        *,
        coalesce(lag(is_down) over so_far, false) as was_down,
        (sum(if(is_down or is_bridgeable, 0, end_us - start_us)) over so_far)::bigint as barrier_us
    from segments
    window so_far as (partition by scope_no order by start_us)
),

numbered as (
    select
        *,
        count(*) filter (where is_down and not was_down) over (partition by scope_no order by start_us) as run_no
    from placed
),

runs as (
    select
        scope_no,
        part_no,
        run_no,
        min(start_us) as start_us,
        max(end_us) as end_us,
        min(barrier_us) as barrier_us
    from numbered
    where is_down
    group by scope_no, part_no, run_no
),

gaps as (
    select
        run.scope_no,
        run.part_no,
        run.start_us,
        run.end_us,
        coalesce(
            run.barrier_us = lag(run.barrier_us) over in_order and run.start_us - lag(run.end_us) over in_order <= part.bridge_gap_us,
            false
        ) as is_bridged
    from runs as run
    inner join measured.parts as part on run.part_no = part.part_no
    window in_order as (partition by run.scope_no order by run.start_us)
),

joined as (
    select
        *,
        count(*) filter (where not is_bridged) over (partition by scope_no order by start_us) as joined_no
    from gaps
),

bridged as (
    select
        scope_no,
        part_no,
        min(start_us) as start_us,
        max(end_us) as end_us
    from joined
    group by scope_no, part_no, joined_no
),

minutes as (
    select
        run.scope_no,
        run.start_us,
        run.end_us,
        part.granularity,
        run.start_us - run.start_us % 60000000 as first_touched_us,
        run.end_us + (60000000 - run.end_us % 60000000) % 60000000 as touched_until_us,
        run.start_us + (60000000 - run.start_us % 60000000) % 60000000 as first_full_us,
        run.end_us - run.end_us % 60000000 as full_until_us
    from bridged as run
    inner join measured.parts as part on run.part_no = part.part_no
    where
        run.end_us - run.start_us > part.min_consecutive_us
        or (part.min_consecutive_comparator = 'gte' and run.end_us - run.start_us = part.min_consecutive_us)
),

counted as (
    select
        scope_no,
        start_us,
        end_us,
        case granularity
            when 'clock_full_minutes' then first_full_us
            when 'clock_any_minutes' then greatest(first_touched_us, coalesce(lag(touched_until_us) over in_order, first_touched_us))
            else start_us
        end as counted_from_us,
        case granularity
            when 'run_whole_minutes' then end_us - (end_us - start_us) % 60000000
            when 'clock_full_minutes' then full_until_us
            when 'clock_any_minutes' then touched_until_us
            else end_us
        end as counted_until_us
    from minutes
    window in_order as (partition by scope_no order by start_us)
)

select
    scope_no,
    start_us,
    end_us,
    counted_from_us,
    counted_until_us,
    counted_until_us - counted_from_us as counted_us
from counted
where counted_until_us > counted_from_us
