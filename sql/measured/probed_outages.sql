-- builds  measured.probed_outages (working table): one row per headline that level_margins leaves out, outage of it and end to move: how far it may
--         go, its whole length to shrink, the tolerance of sources to grow
-- reads   judged results, margins, segments of the scopes, parts, the policy's tolerance
-- rule    K6, as level_shifts: an outage is a stretch of downtime of any sort; one that reaches over the window's edge moves at its other end alone,
--         one in dispute does not grow. A headline with more than 100 outages is not probed and has no row: each probe measures it whole
with subjects as (
    select
        result.scope_no,
        result.part_no,
        result.status
    from measured.results as result
    inner join measured.parts as part on result.part_no = part.part_no
    anti join measured.level_margins as margin on result.scope_no = margin.scope_no
    where part.kind = 'availability' and result.variant = 'headline' and result.status in ('met', 'breached')
),

segments as (
    select
        segment.scope_no,
        segment.start_us,
        segment.end_us,
        segment.level,
        count(*) filter (where segment.level < 3) over (partition by segment.scope_no order by segment.start_us) as stretch_no
    from measured.scope_segments as segment
    semi join subjects as subject on segment.scope_no = subject.scope_no
    where segment.stratum = 1
),

stretches as (
    select
        scope_no,
        min(start_us) as start_us,
        max(end_us) as end_us,
        arg_min(level, start_us) as first_level,
        arg_max(level, start_us) as last_level
    from segments
    where level >= 3
    group by scope_no, stretch_no
    qualify count(*) over (partition by scope_no) <= 100
),

ends as (
    select
        subject.*,
        stretch.start_us,
        stretch.end_us,
        unnest(if(subject.status = 'breached', ['later_start', 'earlier_end'], ['earlier_start', 'later_end'])) as change_kind,
        stretch.start_us > part.start_us as has_start,
        stretch.end_us < part.end_us as has_end,
        stretch.first_level,
        stretch.last_level
    from stretches as stretch
    inner join subjects as subject on stretch.scope_no = subject.scope_no
    inner join measured.parts as part on subject.part_no = part.part_no
)

select
    row_number() over (order by ends.scope_no, ends.change_kind, ends.start_us) as probe_no,
    ends.scope_no,
    ends.part_no,
    ends.status,
    ends.change_kind,
    ends.start_us,
    ends.end_us,
    if(ends.status = 'breached', ends.end_us - ends.start_us, policy.skew_us) as most_us
from ends
cross join run.policy as policy
where
    if(ends.change_kind in ('later_start', 'earlier_start'), ends.has_start, ends.has_end)
    and not (ends.change_kind = 'earlier_start' and ends.first_level = 4)
    and not (ends.change_kind = 'later_end' and ends.last_level = 4)
    and policy.skew_us is not null
