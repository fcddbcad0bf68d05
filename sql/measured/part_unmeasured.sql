-- builds  measured.part_unmeasured (working table): one row per window part, component and span without measurement, clipped to the part
-- reads   unmeasured intervals, time without error rates where these decide, the parts and their components and measures
-- rule    R-GR8 unmeasured time exists only where a monitoring rule is active; whether requests gave no output in time is measured nowhere
with spans as (
    select
        component_id,
        null as reads,
        epoch_us(start_at) as start_us,
        epoch_us(end_at) as end_us
    from reconciled.unmeasured_intervals
    where start_at < end_at
    union all
    select
        component_id,
        reads,
        start_us,
        end_us
    from measured.unrated_intervals
)

select
    node.part_no,
    node.component_id,
    greatest(span.start_us, part.start_us) as start_us,
    least(span.end_us, part.end_us) as end_us
from measured.part_nodes as node
inner join measured.parts as part on node.part_no = part.part_no
inner join spans as span
    on
        node.component_id = span.component_id
        and part.end_us > span.start_us
        and part.start_us < span.end_us
left join measured.sample_terms as terms on node.part_no = terms.part_no and node.component_id = terms.component_id
where span.reads is null or coalesce(span.reads = terms.reads, false)
union all
select
    part.part_no,
    part.root_id as component_id,
    part.start_us,
    part.end_us
from measured.parts as part
inner join run.measures as measure
    on
        part.contract_version_id = measure.contract_version_id
        and part.measure_id = measure.measure_id
        and part.service_id = measure.service_id
where measure.failed_rule = 'no_output_within' and part.start_us < part.end_us
