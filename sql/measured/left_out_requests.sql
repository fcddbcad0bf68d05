-- builds  measured.left_out_requests (working table): one row per scope of a share of requests: requests in time that is no part of its base, in
--         millionths
-- reads   segments of the scopes, monitoring samples, ways of judging them
-- rule    R-AV1, R-AV6: closed hours, and excluded time where the denominator says so. Spans meet samples day by day of UTC, each pair once
with spans as (
    select
        segment.scope_no,
        link.terms_no,
        link.component_id,
        segment.start_us,
        segment.end_us
    from measured.scope_segments as segment
    inner join measured.scope_samples as link on segment.scope_no = link.scope_no
    inner join measured.scopes as scope on segment.scope_no = scope.scope_no
    inner join measured.parts as part on scope.part_no = part.part_no
    where
        segment.stratum = 1
        and part.kind = 'request_ratio'
        and (not segment.is_agreed or (segment.level in (2, 3) and scope.denominator = 'remove_from_both'))
),

days as (
    select
        *,
        unnest(range(start_us // 86400000000, (end_us - 1) // 86400000000 + 1)) as day_no
    from spans
),

ways as (
    select *
    from measured.sample_ways
    where (terms_no, component_id) in (select (spans.terms_no, spans.component_id) from spans)
),

samples as (
    select
        way.terms_no,
        way.component_id,
        epoch_us(sample.start_at) as start_us,
        epoch_us(sample.end_at) as end_us,
        sample.requests,
        unnest(
            range(epoch_us(sample.start_at) // 86400000000, (epoch_us(sample.end_at) - 1) // 86400000000 + 1)
        ) as day_no
    from staged.monitoring_sample as sample
    inner join ways as way
        on
            sample.component_raw = way.name
            and epoch_us(sample.end_at) > way.named_from_us
            and epoch_us(sample.end_at) <= way.named_until_us
    where
        sample.state in ('up', 'degraded', 'down')
        and sample.start_at < sample.end_at
        and failed_millionths(sample.requests, sample.errors, sample.error_rate) is not null
)

select
    days.scope_no,
    sum(
        samples.requests::hugeint * 1000000
        * (least(samples.end_us, days.end_us) - greatest(samples.start_us, days.start_us))
        // (samples.end_us - samples.start_us)
    )::hugeint as requests
from days
inner join samples
    on
        days.terms_no = samples.terms_no
        and days.component_id = samples.component_id
        and days.day_no = samples.day_no
        and days.end_us > samples.start_us
        and days.start_us < samples.end_us
where days.day_no = greatest(days.start_us, samples.start_us) // 86400000000
group by days.scope_no
