-- builds  measured.outage_pieces (working table): outage spans cut where disputes begin and end; `dispute_ids` are the open admissible
--         disputes over a piece; pieces whose dispute was decided for the disputing party are left out
-- reads   outage spans, spans of disputes that hold time out, the parts
-- rule    R-DI1, R-DI3 only the contested part is held out; a dispute of severity moves only measures that read severity
with disputed as (
    select
        span.part_no,
        span.component_id,
        span.incident_id,
        span.basis,
        span.start_us,
        span.end_us,
        span.weight_ppm,
        span.is_open_at_window_end,
        dispute.dispute_id,
        dispute.standing,
        greatest(span.start_us, dispute.start_us) as dispute_start_us,
        least(span.end_us, dispute.end_us) as dispute_end_us
    from measured.outage_spans as span
    inner join measured.parts as part on span.part_no = part.part_no
    inner join measured.dispute_spans as dispute
        on
            span.incident_id is not distinct from dispute.incident_id
            and span.start_us < dispute.end_us
            and span.end_us > dispute.start_us
            and span.part_no = coalesce(dispute.part_no, span.part_no)
            and span.component_id = coalesce(dispute.component_id, span.component_id)
    where dispute.scope in ('whole', 'portion') or (dispute.scope = 'severity' and part.unavailable_rule = 'severity')
),

cuts as (
    select distinct
        part_no,
        component_id,
        incident_id,
        start_us as span_start_us,
        end_us as span_end_us,
        weight_ppm,
        unnest([start_us, dispute_start_us, dispute_end_us, end_us]) as cut_us
    from disputed
),

cut_pieces as (
    select
        part_no,
        component_id,
        incident_id,
        span_start_us,
        span_end_us,
        weight_ppm,
        cut_us as start_us,
        lead(cut_us) over (partition by part_no, component_id, incident_id, span_start_us, span_end_us, weight_ppm order by cut_us) as end_us
    from cuts
),

judged as (
    select
        piece.part_no,
        piece.component_id,
        piece.incident_id,
        min(disputed.basis) as basis,
        piece.start_us,
        piece.end_us,
        piece.weight_ppm,
        bool_or(disputed.is_open_at_window_end) as is_open_at_window_end,
        coalesce(
            list(distinct disputed.dispute_id order by disputed.dispute_id) filter (
                where
                disputed.standing = 'open'
                and disputed.dispute_start_us <= piece.start_us
                and disputed.dispute_end_us >= piece.end_us
            ),
            []
        ) as dispute_ids,
        bool_or(
            disputed.standing = 'conceded'
            and disputed.dispute_start_us <= piece.start_us
            and disputed.dispute_end_us >= piece.end_us
        ) as is_conceded
    from cut_pieces as piece
    inner join disputed
        on
            piece.part_no = disputed.part_no
            and piece.component_id = disputed.component_id
            and piece.incident_id is not distinct from disputed.incident_id
            and piece.span_start_us = disputed.start_us
            and piece.span_end_us = disputed.end_us
            and piece.weight_ppm = disputed.weight_ppm
    where piece.end_us is not null
    group by
        piece.part_no,
        piece.component_id,
        piece.incident_id,
        piece.span_start_us,
        piece.span_end_us,
        piece.start_us,
        piece.end_us,
        piece.weight_ppm
)

select
    span.part_no,
    span.component_id,
    span.incident_id,
    span.basis,
    span.start_us,
    span.end_us,
    span.weight_ppm,
    span.is_open_at_window_end,
    []::varchar[] as dispute_ids
from measured.outage_spans as span
anti join disputed
    on
        span.part_no = disputed.part_no
        and span.component_id = disputed.component_id
        and span.incident_id is not distinct from disputed.incident_id
        and span.start_us = disputed.start_us
        and span.end_us = disputed.end_us
        and span.weight_ppm = disputed.weight_ppm
union all
select
    part_no,
    component_id,
    incident_id,
    basis,
    start_us,
    end_us,
    weight_ppm,
    is_open_at_window_end,
    dispute_ids
from judged
where not is_conceded
