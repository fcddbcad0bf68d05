-- builds  measured.bad_samples (working table): one row per way of judging and sample that stands over its threshold by itself
-- reads   monitoring samples, ways of judging them
-- rule    R-GR5, R-GR6: a minute or interval is over a threshold only if a sample in it is, so that all others are looked at no further;
--         a sample that begins as the window ends tells whether an outage was open then
select
    way.terms_no,
    way.component_id,
    if(way.is_pooled, '', concat_ws('/', sample.source_system, sample.rule_id)) as watched_by,
    sample.raw_id,
    epoch_us(sample.start_at) as start_us,
    epoch_us(sample.end_at) as end_us,
    way.bucket_us,
    way.phase_us,
    failed_millionths(sample.requests, sample.errors, sample.error_rate) as failed,
    coalesce(sample.requests, 0) as requests,
    way.min_requests,
    if(way.is_weighted, coalesce(sample.affected_fraction, 1), 1)::decimal(9, 6) as weight
from staged.monitoring_sample as sample
inner join measured.sample_ways as way
    on
        sample.component_raw = way.name
        and epoch_us(sample.end_at) > way.named_from_us
        and epoch_us(sample.end_at) <= way.named_until_us
        and epoch_us(sample.end_at) > way.from_us
        and epoch_us(sample.start_at) <= way.until_us
where
    sample.state in ('up', 'degraded', 'down')
    and sample.start_at < sample.end_at
    and (len(way.measured_by) = 0 or list_contains(way.measured_by, sample.rule_id))
    and is_bad_sample(
        sample.requests,
        failed_millionths(sample.requests, sample.errors, sample.error_rate),
        bare_millionths(sample.requests, sample.errors, sample.error_rate, sample.state, way.reads),
        way.threshold,
        way.comparator,
        way.idle
    )
