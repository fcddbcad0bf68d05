-- builds  measured.ledger_spans (working table): the window of every headline result, cut wherever a cause begins or ends; the spans tile
--         [start, end) and each says what became of it
-- reads   segments and counted runs of the scopes, hours waived
-- rule    K3, tables.yml clock_ledger: every second counted, up, excluded, disputed, unmeasured or closed, with the rule that said so
with headlines as (
    select
        scope_no,
        part_no,
        result_id,
        unmeasured_time
    from measured.scopes
    where variant = 'headline'
),

edges as (
    select
        segment.scope_no,
        unnest([segment.start_us, segment.end_us]) as edge_us,
        unnest([segment.level, -segment.level]) as level_step,
        unnest([segment.is_agreed::integer, -(segment.is_agreed::integer)]) as agreed_step,
        0 as counted_step,
        0 as waived_step
    from measured.scope_segments as segment
    semi join headlines on segment.scope_no = headlines.scope_no
    where segment.stratum = 1
    union all
    select
        run.scope_no,
        unnest([run.counted_from_us, run.counted_until_us]) as edge_us,
        0 as level_step,
        0 as agreed_step,
        unnest([1, -1]) as counted_step,
        0 as waived_step
    from measured.counted_runs as run
    semi join headlines on run.scope_no = headlines.scope_no
    union all
    select
        hour_of.scope_no,
        unnest([greatest(hour_of.start_us, part.start_us), least(hour_of.end_us, part.end_us)]) as edge_us,
        0 as level_step,
        0 as agreed_step,
        0 as counted_step,
        unnest([1, -1]) as waived_step
    from measured.waived_hours as hour_of
    inner join headlines on hour_of.scope_no = headlines.scope_no
    inner join measured.parts as part on headlines.part_no = part.part_no
),

states as (
    select
        scope_no,
        edge_us as start_us,
        lead(edge_us) over so_far as end_us,
        sum(level_step) over so_far as level,
        sum(agreed_step) over so_far > 0 as is_agreed,
        sum(counted_step) over so_far > 0 as is_counted,
        sum(waived_step) over so_far > 0 as is_waived
    from edges
    window so_far as (partition by scope_no order by edge_us)
)

select
    states.scope_no,
    headlines.part_no,
    headlines.result_id,
    states.start_us,
    states.end_us,
    case
        when not states.is_agreed then 'closed'
        when states.is_counted then 'counted'
        when states.is_waived then 'waived'
        when states.level in (2, 3) then 'excluded'
        when states.level = 4 then 'disputed'
        when states.level = 1 and headlines.unmeasured_time in ('unknown', 'remove_from_base') then 'unmeasured'
        else 'up'
    end as counted_as,
    case
        when not states.is_agreed then 'R-AV1'
        when states.is_counted and states.level = 5 then 'R-AV2'
        when states.is_counted and states.level = 1 and headlines.unmeasured_time = 'down' then 'R-GR8'
        when states.is_counted and states.level <= 1 then 'R-GR4'
        when states.is_counted then 'R-GR3'
        when states.is_waived then 'R-GR7'
        when states.level = 2 then 'R-EX2'
        when states.level = 3 then 'R-EX1'
        when states.level = 4 then 'R-DI1'
        when states.level = 1 then 'R-GR8'
        when states.level = 5 then 'R-GR2'
        else 'R-AV1'
    end as rule_id
from states
inner join headlines on states.scope_no = headlines.scope_no
where states.end_us > states.start_us
