-- builds  measured.attainment_parts (working table): one row per share of incidents in time that the period judges: a window part, with its terms
-- reads   windows and measures of the run, low-volume rules
-- rule    R-AT2, R-VE1; part_no begins beyond those of availability, so that credits tell them apart
select
    row_number() over (order by part.contract_version_id, part.measure_id, part.service_id, part.start_at)
    + coalesce((select max(timed.part_no) from measured.parts as timed), 0) as part_no,
    measure.contract_id,
    part.contract_version_id,
    part.measure_id,
    part.service_id,
    measure.provider_id,
    part.period,
    part.window_start_at,
    part.window_end_at,
    part.start_at,
    part.end_at as part_end_at,
    greatest(part.start_at, least(part.end_at, context.as_of)) as end_at,
    part.end_at > context.as_of as is_provisional,
    measure.target,
    measure.comparator,
    measure.round_places,
    measure.round_mode,
    terms.low_volume_below,
    terms.allowed_misses
from run.windows as part
inner join run.measures as measure
    on
        part.contract_version_id = measure.contract_version_id
        and part.measure_id = measure.measure_id
        and part.service_id = measure.service_id
inner join run.attainment_terms as terms
    on part.contract_version_id = terms.contract_version_id and part.measure_id = terms.measure_id
cross join run.context as context
