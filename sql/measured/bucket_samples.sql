-- builds  measured.bucket_samples (working table): one row per minute or interval that may be over its threshold and piece of a sample in it
-- reads   bad samples, all samples in their minutes and intervals, ways of judging them
-- rule    R-GR5, R-GR6: a bucket is a clock minute, or an interval counted from the window's start; `watched_by`: the rule whose samples are judged
--         together, or all. Where they are judged rule by rule, a bad sample that fills a bucket is alone in it and needs no look at others
with buckets as (
    select distinct
        terms_no,
        watched_by,
        unnest(
            case
                when watched_by = ''
                    then range((start_us - phase_us) // bucket_us, (end_us - 1 - phase_us) // bucket_us + 1)
                else list_filter(
                    [(start_us - phase_us) // bucket_us, (end_us - 1 - phase_us) // bucket_us],
                    lambda no: start_us > phase_us + no * bucket_us or end_us < phase_us + (no + 1) * bucket_us
                )
            end
        ) as bucket_no
    from measured.bad_samples
    where bucket_us is not null
),

watches as (
    select
        terms_no,
        watched_by,
        min(bucket_no) as first_no,
        max(bucket_no) as last_no
    from buckets
    group by terms_no, watched_by
),

samples as (
    select
        way.terms_no,
        way.component_id,
        way.is_pooled,
        way.bucket_us,
        way.phase_us,
        way.threshold,
        way.comparator,
        way.min_requests,
        way.idle,
        watches.watched_by,
        sample.raw_id,
        epoch_us(sample.start_at) as sample_start_us,
        epoch_us(sample.end_at) as sample_end_us,
        if(way.is_weighted, coalesce(sample.affected_fraction, 1), 1)::decimal(9, 6) as weight,
        sample.requests,
        failed_millionths(sample.requests, sample.errors, sample.error_rate) as failed,
        bare_millionths(sample.requests, sample.errors, sample.error_rate, sample.state, way.reads) as bare,
        greatest((epoch_us(sample.start_at) - way.phase_us) // way.bucket_us, watches.first_no) as first_no,
        least((epoch_us(sample.end_at) - 1 - way.phase_us) // way.bucket_us, watches.last_no) as last_no
    from staged.monitoring_sample as sample
    inner join measured.sample_ways as way
        on
            sample.component_raw = way.name
            and epoch_us(sample.end_at) > way.named_from_us
            and epoch_us(sample.end_at) <= way.named_until_us
    inner join watches
        on
            way.terms_no = watches.terms_no
            and if(way.is_pooled, '', concat_ws('/', sample.source_system, sample.rule_id)) = watches.watched_by
    where
        sample.state in ('up', 'degraded', 'down')
        and sample.start_at < sample.end_at
        and (len(way.measured_by) = 0 or list_contains(way.measured_by, sample.rule_id))
),

touching as (
    select
        *,
        unnest(if(is_pooled, range(first_no, last_no + 1), list_distinct([first_no, last_no]))) as bucket_no
    from samples
    where
        first_no < last_no
        or (first_no = last_no and (terms_no, watched_by, first_no) in (select (terms_no, watched_by, bucket_no) from buckets))
)

select
    touching.* exclude (is_pooled, first_no, last_no),
    greatest(touching.sample_start_us, touching.phase_us + touching.bucket_no * touching.bucket_us) as start_us,
    least(touching.sample_end_us, touching.phase_us + (touching.bucket_no + 1) * touching.bucket_us) as end_us
from touching
semi join buckets
    on touching.terms_no = buckets.terms_no and touching.watched_by = buckets.watched_by and touching.bucket_no = buckets.bucket_no
