-- builds  measured.request_counts (working table): one row per window part whose value is of requests: samples that say how many failed, and the
--         requests in them in millionths, those of a sample that the window cuts by time
-- reads   monitoring samples, ways of judging them, the parts that do
-- rule    R-AV5, E120: without a sample there is no evidence, whatever rules are registered
select
    terms.part_no,
    count(*) as samples,
    sum(
        sample.requests::hugeint * 1000000
        * (least(epoch_us(sample.end_at), terms.end_us) - greatest(epoch_us(sample.start_at), terms.start_us))
        // (epoch_us(sample.end_at) - epoch_us(sample.start_at))
    )::hugeint as requests
from measured.sample_terms as terms
inner join measured.sample_ways as way on terms.terms_no = way.terms_no and terms.component_id = way.component_id
inner join staged.monitoring_sample as sample
    on
        way.name = sample.component_raw
        and epoch_us(sample.end_at) > way.named_from_us
        and epoch_us(sample.end_at) <= way.named_until_us
        and terms.start_us < epoch_us(sample.end_at)
        and terms.end_us > epoch_us(sample.start_at)
where
    terms.kind in ('error_rate', 'request_ratio')
    and sample.state in ('up', 'degraded', 'down')
    and sample.start_at < sample.end_at
    and (
        failed_millionths(sample.requests, sample.errors, sample.error_rate) is not null
        or bare_millionths(sample.requests, sample.errors, sample.error_rate, sample.state, terms.reads) is not null
    )
group by terms.part_no
