-- builds  measured.part_unmeasured (working table): one row per window part, component and span without measurement, clipped to the part; of
--         user minutes also cut where the number of users changes. `weight_ppm` is all that could be lost in it
-- reads   unmeasured intervals, gaps of single rules, the parts and their components, users of the parts
-- rule    R-GR8 unmeasured time exists only where a monitoring rule is active; of a measure that names its rules it is that of those
with spans as (
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
    where span.start_at < span.end_at and not part.is_by_rule
    union all
    select
        part_no,
        component_id,
        start_us,
        end_us
    from measured.rule_gaps
)

select
    spans.part_no,
    spans.component_id,
    greatest(spans.start_us, users.start_us) as start_us,
    least(spans.end_us, users.end_us) as end_us,
    coalesce(users.users, 1) * 1000000 as weight_ppm
from spans
left join measured.part_users as users
    on spans.part_no = users.part_no and spans.start_us < users.end_us and spans.end_us > users.start_us
