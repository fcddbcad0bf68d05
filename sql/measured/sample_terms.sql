-- builds  measured.sample_terms (working table): one row per window part and component in it whose samples' error rates are judged, with how.
--         Parts that judge the same samples alike share `terms_no`, so that samples are looked at once. `bucket_us` null: sample by sample
-- reads   the parts, their components and measures
-- rule    R-GR5 clock minutes on UTC, all attempts fail = a rate of 100 %, of which a state tells too; R-GR6 intervals are counted from the
--         window's start, over all requests of the measure's components together; a failed request is one answered with an error: no
--         sample says that one gave no output in time
with ways as (
    select
        part.part_no,
        node.component_id,
        part.kind,
        part.start_us,
        part.end_us,
        case
            when part.kind = 'error_rate'
                then json_array(part.contract_version_id, part.measure_id, part.service_id)::varchar
            else node.component_id
        end as pool,
        part.kind = 'error_rate' as is_pooled,
        case
            when part.kind = 'error_rate' then measure.interval_us
            when measure.error_per = 'clock_minute' then 60000000
        end as bucket_us,
        if(part.kind = 'error_rate', epoch_us(part.window_start_at) % measure.interval_us, 0) as phase_us,
        case
            when part.kind = 'request_ratio' then 'counts'
            when part.kind = 'error_rate' or part.unavailable_rule = 'error_rate' then 'rates'
            else 'states'
        end as reads,
        case
            when part.kind in ('error_rate', 'request_ratio') then 0
            when part.unavailable_rule = 'all_attempts_fail' then 1000000
            else ppm(measure.error_threshold)
        end as threshold,
        case
            when part.kind in ('error_rate', 'request_ratio') then 'gt'
            when part.unavailable_rule = 'all_attempts_fail' then 'gte'
            else measure.error_comparator
        end as comparator,
        coalesce(measure.min_requests, 0) as min_requests,
        coalesce(ppm(measure.idle_interval_error), 0) as idle,
        coalesce(part.partial_outage in ('affected_fraction', 'user_minutes'), false) as is_weighted,
        coalesce(measure.measured_by, []) as measured_by,
        coalesce(measure.confirmed_by, 1) as confirmed_by
    from measured.parts as part
    inner join measured.part_nodes as node on part.part_no = node.part_no
    inner join run.measures as measure
        on
            part.contract_version_id = measure.contract_version_id
            and part.measure_id = measure.measure_id
            and part.service_id = measure.service_id
    where
        part.kind = 'error_rate'
        or (part.kind = 'request_ratio' and measure.failed_rule = 'error_response')
        or part.unavailable_rule in ('error_rate', 'all_attempts_fail')
)

select
    dense_rank() over (
        order by
            pool, is_pooled, bucket_us, phase_us, reads, threshold, comparator, min_requests, idle, is_weighted, measured_by, confirmed_by
    ) as terms_no,
    *
from ways
