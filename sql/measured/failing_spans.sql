-- builds  measured.failing_spans (working table): one row per window part whose value is of requests, component and span of a sample with failures
-- reads   bad pieces, times of incidents, exclusions of the parts, disputes of results, the parts
-- rule    R-DI1, R-EX1: failures are looked at in time only where an incident, an exclusion or a dispute of the result could move them; all others
--         count as they are, so that a service in which some request always fails costs no more than its incidents
with links as (
    select
        terms.part_no,
        terms.terms_no,
        terms.component_id,
        part.start_us,
        part.end_us,
        part.headline_id in (select dispute.subject_id from staged.dispute as dispute) as is_disputed
    from measured.sample_terms as terms
    inner join measured.parts as part on terms.part_no = part.part_no
    where terms.kind in ('error_rate', 'request_ratio')
),

times as (
    select
        links.part_no,
        links.terms_no,
        links.component_id,
        reach.incident_id,
        greatest(reach.start_us, links.start_us) as start_us,
        least(reach.end_us, links.end_us) as end_us
    from links
    inner join measured.incident_reach as reach
        on links.component_id = reach.component_id and links.start_us < reach.end_us and links.end_us > reach.start_us
    union all
    select
        links.part_no,
        links.terms_no,
        links.component_id,
        null as incident_id,
        exclusion.start_us,
        exclusion.end_us
    from links
    inner join measured.part_exclusions as exclusion
        on links.part_no = exclusion.part_no and links.component_id = exclusion.component_id
    union all
    select
        part_no,
        terms_no,
        component_id,
        null as incident_id,
        start_us,
        end_us
    from links
    where is_disputed
),

met as (
    select
        times.part_no,
        times.component_id,
        times.incident_id,
        piece.raw_id,
        piece.start_us as piece_start_us,
        greatest(piece.start_us, times.start_us) as start_us,
        least(piece.end_us, times.end_us) as end_us
    from times
    inner join measured.bad_pieces as piece
        on
            times.terms_no = piece.terms_no
            and times.component_id = piece.component_id
            and times.start_us < piece.end_us
            and times.end_us > piece.start_us
),

told as (
    select distinct
        part_no,
        component_id,
        raw_id,
        piece_start_us
    from met
    where incident_id is not null
)

select
    part_no,
    component_id,
    incident_id,
    raw_id,
    start_us,
    end_us
from met
where incident_id is not null
union
select
    met.part_no,
    met.component_id,
    met.incident_id,
    met.raw_id,
    met.start_us,
    met.end_us
from met
anti join told
    on
        met.part_no = told.part_no
        and met.component_id = told.component_id
        and met.raw_id = told.raw_id
        and met.piece_start_us = told.piece_start_us
where met.incident_id is null
