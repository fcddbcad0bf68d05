-- builds  measured.probe__segments (measured.scope_segments of an engine of probes): one row per probe, stratum and span: the segments of the
--         headline, one end of one outage moved by `shift_us`
-- reads   segments of the headlines (run.probe_segments), probes with their shift (run.probes), applied exclusions (run.probe_exclusions)
-- rule    K6: what an outage gives up is up, or maintenance where that was approved; what it takes is down with the weight it has at that end,
--         and excluded where an applied exclusion holds
with moved as (
    select
        *,
        case change_kind
            when 'later_start' then start_us
            when 'earlier_end' then end_us - shift_us
            when 'earlier_start' then start_us - shift_us
            else end_us
        end as from_us,
        case change_kind
            when 'later_start' then start_us + shift_us
            when 'earlier_end' then end_us
            when 'earlier_start' then start_us
            else end_us + shift_us
        end as until_us,
        if(change_kind = 'earlier_start', start_us, end_us - 1) as edge_us
    from run.probes
),

edge_weights as (
    select
        moved.probe_no,
        segment.stratum,
        segment.level,
        segment.weight_ppm
    from moved
    inner join run.probe_segments as segment
        on moved.scope_no = segment.scope_no and segment.start_us <= moved.edge_us and segment.end_us > moved.edge_us
    where moved.status = 'met'
),

cuts as (
    select
        moved.probe_no,
        segment.stratum,
        unnest([segment.start_us, segment.end_us]) as cut_us
    from moved
    inner join run.probe_segments as segment on moved.scope_no = segment.scope_no
    union
    select
        moved.probe_no,
        strata.stratum,
        unnest([moved.from_us, moved.until_us]) as cut_us
    from moved
    inner join measured.strata as strata on moved.part_no = strata.part_no
    union
    select
        moved.probe_no,
        strata.stratum,
        unnest([exclusion.start_us, exclusion.end_us]) as cut_us
    from moved
    inner join run.probe_exclusions as exclusion on moved.part_no = exclusion.part_no
    inner join measured.strata as strata on moved.part_no = strata.part_no
    where exclusion.start_us < moved.until_us and exclusion.end_us > moved.from_us
),

pieces as (
    select
        probe_no,
        stratum,
        cut_us as start_us,
        lead(cut_us) over (partition by probe_no, stratum order by cut_us) as end_us
    from cuts
),

placed as (
    select
        pieces.probe_no,
        moved.part_no,
        moved.status,
        pieces.stratum,
        pieces.start_us,
        pieces.end_us,
        segment.is_agreed,
        segment.level,
        segment.weight_ppm,
        pieces.start_us >= moved.from_us and pieces.end_us <= moved.until_us as is_moved
    from pieces
    inner join moved on pieces.probe_no = moved.probe_no
    -- segments tile the window, and pieces are cut at their edges: each lies in the one that begins last before it
    asof inner join run.probe_segments as segment
        on moved.scope_no = segment.scope_no and pieces.stratum = segment.stratum and pieces.start_us >= segment.start_us
),

covered as (
    select
        placed.probe_no,
        placed.stratum,
        placed.start_us,
        bool_or(exclusion.type = 'pre_approved_maintenance') as is_maintained
    from placed
    inner join run.probe_exclusions as exclusion
        on placed.part_no = exclusion.part_no and placed.start_us >= exclusion.start_us and placed.end_us <= exclusion.end_us
    where placed.is_moved
    group by placed.probe_no, placed.stratum, placed.start_us
)

select
    placed.probe_no as scope_no,
    placed.stratum,
    placed.start_us,
    placed.end_us,
    placed.is_agreed,
    case
        when not placed.is_moved then placed.level
        when placed.status = 'breached' and placed.level >= 3 then if(coalesce(covered.is_maintained, false), 2, 0)
        when placed.status = 'met' and placed.level < 3 and edge.level >= 3 then if(covered.probe_no is null, 5, 3)
        else placed.level
    end as level,
    case
        when not placed.is_moved then placed.weight_ppm
        when placed.status = 'breached' and placed.level >= 3 then 0
        when placed.status = 'met' and placed.level < 3 and edge.level >= 3 and covered.probe_no is null
            then if(edge.level = 5, edge.weight_ppm, 1000000)
        else placed.weight_ppm
    end as weight_ppm
from placed
left join covered
    on placed.probe_no = covered.probe_no and placed.stratum = covered.stratum and placed.start_us = covered.start_us
left join edge_weights as edge on placed.probe_no = edge.probe_no and placed.stratum = edge.stratum
where placed.end_us > placed.start_us
