-- builds  measured.part_unmeasured (working table): one row per window part, component and span without measurement, clipped to the part
-- reads   unmeasured intervals, the parts and their components
-- rule    R-GR8 unmeasured time exists only where a monitoring rule is active
select
    node.part_no,
    node.component_id,
    greatest(epoch_us(span.start_at), part.start_us) as start_us,
    least(epoch_us(span.end_at), part.end_us) as end_us
from measured.part_nodes as node
inner join measured.parts as part on node.part_no = part.part_no
inner join reconciled.unmeasured_intervals as span
    on
        node.component_id = span.component_id
        and part.end_us > epoch_us(span.start_at)
        and part.start_us < epoch_us(span.end_at)
where span.start_at < span.end_at
