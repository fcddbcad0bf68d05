-- builds  measured.credit_bases (working table): one row per window part, measure and service that the run lists, missed or not
-- reads   windows and measures of the run, parts of availability, the service's active spans
-- rule    R-CR6 a contract's month is capped by a share of the sum of its credit bases: every service counts that it governs
with activity as (
    select
        part.contract_version_id,
        part.measure_id,
        part.service_id,
        part.start_at,
        max(active.active_us) as active_us
    from measured.parts as part
    inner join (
        select
            part_no,
            sum(end_us - start_us)::bigint as active_us
        from measured.active_spans
        group by part_no
    ) as active on part.part_no = active.part_no
    where part.switch_reading is null
    group by part.contract_version_id, part.measure_id, part.service_id, part.start_at
)

select
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
    coalesce(activity.active_us, epoch_us(part.end_at) - epoch_us(part.start_at)) as active_us
from run.windows as part
inner join run.measures as measure
    on
        part.contract_version_id = measure.contract_version_id
        and part.measure_id = measure.measure_id
        and part.service_id = measure.service_id
left join activity
    on
        part.contract_version_id = activity.contract_version_id
        and part.measure_id = activity.measure_id
        and part.service_id = activity.service_id
        and part.start_at = activity.start_at
