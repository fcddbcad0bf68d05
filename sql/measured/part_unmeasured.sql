-- builds  measured.part_unmeasured (working table): one row per window part, component and span without measurement, clipped to the part; of
--         user minutes also cut where the number of users changes. `weight_ppm` is all that could be lost in it
-- reads   unmeasured intervals, gaps of single rules, time without error rates where these decide, the parts and their components and measures,
--         users of the parts
-- rule    R-GR8 unmeasured time exists only where a monitoring rule is active; of a measure that names its rules it is that of those; whether
--         requests gave no output in time is measured nowhere
with spans as (
    select
        component_id,
        null as reads,
        null::varchar[] as measured_by,
        epoch_us(start_at) as start_us,
        epoch_us(end_at) as end_us
    from reconciled.unmeasured_intervals
    where start_at < end_at
    union all
    select
        component_id,
        reads,
        measured_by,
        start_us,
        end_us
    from measured.unrated_intervals
),

unmeasured as (
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
    where if(span.reads is null, not part.is_by_rule, coalesce(span.reads = terms.reads and span.measured_by = terms.measured_by, false))
    union all
    select
        part_no,
        component_id,
        start_us,
        end_us
    from measured.rule_gaps
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
)

select
    unmeasured.part_no,
    unmeasured.component_id,
    greatest(unmeasured.start_us, users.start_us) as start_us,
    least(unmeasured.end_us, users.end_us) as end_us,
    coalesce(users.users, 1) * 1000000 as weight_ppm
from unmeasured
left join measured.part_users as users
    on unmeasured.part_no = users.part_no and unmeasured.start_us < users.end_us and unmeasured.end_us > users.start_us
