-- builds  measured.side_pieces (working table): one row per window part, component and span, cut wherever either side says something else.
--         Only of parts in which our side or the provider's calls the component down; their spans tile the part, less what is settled
-- reads   what each side says, unmeasured time, what the provider's feed covers, settled disputes, the parts and their components
-- rule    K4. Ours is unknown where an active rule delivered no sample (R-GR8), theirs where no file of its feed speaks of the time; else silence
--         says up. R-DI1: what a decided dispute took out of every column is no longer between the sides
with said as (
    select
        node.part_no,
        node.component_id,
        span.side,
        span.state,
        greatest(span.start_us, part.start_us) as start_us,
        least(span.end_us, part.end_us) as end_us
    from reconciled.side_spans as span
    inner join measured.part_nodes as node on span.component_id = node.component_id
    inner join measured.parts as part on node.part_no = part.part_no
    where
        part.switch_reading is null
        and part.kind <> 'waiver'
        and part.provider_id in (select feed.provider_id from run.feed_spans as feed)
        and (span.side = 'ours' or span.provider_id = part.provider_id)
        and span.start_us < part.end_us
        and span.end_us > part.start_us
),

touched as (
    select distinct
        said.part_no,
        said.component_id,
        part.provider_id,
        part.start_us,
        part.end_us
    from said
    inner join measured.parts as part on said.part_no = part.part_no
    where said.state = 'down'
),

spans as (
    select
        part_no,
        component_id,
        'window' as kind,
        start_us,
        end_us
    from touched
    union all
    select
        said.part_no,
        said.component_id,
        said.side || ' ' || said.state as kind,
        said.start_us,
        said.end_us
    from said
    semi join touched on said.part_no = touched.part_no and said.component_id = touched.component_id
    union all
    select
        touched.part_no,
        touched.component_id,
        'unmeasured' as kind,
        greatest(epoch_us(unmeasured.start_at), touched.start_us) as start_us,
        least(coalesce(epoch_us(unmeasured.end_at), never_us()), touched.end_us) as end_us
    from touched
    inner join reconciled.unmeasured_intervals as unmeasured on touched.component_id = unmeasured.component_id
    union all
    select
        touched.part_no,
        touched.component_id,
        'covered' as kind,
        greatest(epoch_us(feed.start_at), touched.start_us) as start_us,
        least(epoch_us(feed.end_at), touched.end_us) as end_us
    from touched
    inner join run.feed_spans as feed on touched.provider_id = feed.provider_id
    union all
    select
        touched.part_no,
        touched.component_id,
        'settled' as kind,
        greatest(dispute.start_us, span.start_us, touched.start_us) as start_us,
        least(dispute.end_us, span.end_us, touched.end_us) as end_us
    from touched
    inner join reconciled.side_spans as span on touched.component_id = span.component_id
    inner join measured.dispute_spans as dispute
        on span.incident_id = dispute.incident_id and touched.part_no = coalesce(dispute.part_no, touched.part_no)
    where dispute.standing = 'conceded' and dispute.scope in ('whole', 'portion') and span.state <> 'silent'
),

edges as (
    select
        part_no,
        component_id,
        kind,
        unnest([start_us, end_us]) as edge_us,
        unnest([1, -1]) as step
    from spans
    where start_us < end_us
),

states as (
    select
        part_no,
        component_id,
        edge_us as start_us,
        lead(edge_us) over so_far as end_us,
        coalesce(sum(step) filter (where kind = 'ours down') over so_far, 0) as ours_down,
        coalesce(sum(step) filter (where kind = 'ours degraded') over so_far, 0) as ours_degraded,
        coalesce(sum(step) filter (where kind = 'unmeasured') over so_far, 0) as unmeasured,
        coalesce(sum(step) filter (where kind = 'theirs down') over so_far, 0) as theirs_down,
        coalesce(sum(step) filter (where kind = 'theirs silent') over so_far, 0) as theirs_silent,
        coalesce(sum(step) filter (where kind = 'covered') over so_far, 0) as covered,
        coalesce(sum(step) filter (where kind = 'settled') over so_far, 0) as settled
    from edges
    window so_far as (partition by part_no, component_id order by edge_us)
)

select
    part_no,
    component_id,
    start_us,
    end_us,
    case
        when ours_down > 0 then 'down'
        when ours_degraded > 0 then 'degraded'
        when unmeasured > 0 then 'unknown'
        else 'up'
    end as ours,
    case
        when theirs_down > 0 then 'down'
        when theirs_silent > 0 or covered = 0 then 'unknown'
        else 'up'
    end as theirs
from states
where end_us > start_us and settled = 0
