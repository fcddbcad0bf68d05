-- builds  measured.bad_pieces (working table): one row per piece of a sample in a minute or interval over its threshold, or per bad sample where
--         each is judged alone. Where intervals are averaged, each of its microseconds loses `loss_num / loss_den`
-- reads   bad samples, samples in minutes and intervals
-- rule    R-GR5, R-GR6: a rate is failed requests over requests; a sample that reaches over several buckets lends each its requests by time; where
--         none counts requests, rates are weighed by time. Only measured time of a bad minute is down. Exact where the lengths of samples
--         that reach over its ends have a common multiple of at most 10^13 us, else a lent request is cut off at a millionth; a loss is cut off
--         at 10^-12. `is_few`: below min_requests, or not known to reach it: such a minute is up
with scales as (
    select
        terms_no,
        watched_by,
        bucket_no,
        lcm(
            coalesce(max(sample_end_us - sample_start_us) filter (where sample_start_us < start_us), 1)::hugeint,
            coalesce(
                max(sample_end_us - sample_start_us) filter (where sample_start_us >= start_us and sample_end_us > end_us), 1
            )::hugeint
        ) as scale
    from measured.bucket_samples
    group by terms_no, watched_by, bucket_no
),

lent as (
    select
        piece.*,
        if(scales.scale <= 10000000000000, scales.scale, 1000000) as scale,
        piece.end_us - piece.start_us as length_us,
        -- in units of 1 / scale
        piece.requests * length_us::hugeint * if(scales.scale <= 10000000000000, scales.scale, 1000000)
        // (piece.sample_end_us - piece.sample_start_us) as lent_requests,
        piece.failed * length_us * if(scales.scale <= 10000000000000, scales.scale, 1000000)
        // (piece.sample_end_us - piece.sample_start_us) as lent_failed
    from measured.bucket_samples as piece
    inner join scales
        on piece.terms_no = scales.terms_no and piece.watched_by = scales.watched_by and piece.bucket_no = scales.bucket_no
),

watched as (
    select
        *,
        -- what no sample before it has measured already
        greatest(
            end_us
            - greatest(
                start_us,
                coalesce(
                    max(end_us) over (
                        partition by terms_no, watched_by, bucket_no
                        order by start_us, end_us, raw_id
                        rows between unbounded preceding and 1 preceding
                    ),
                    start_us
                )
            ),
            0
        ) as new_us
    from lent
),

rates as (
    select
        terms_no,
        watched_by,
        bucket_no,
        sum(new_us)::bigint as measured_us,
        max(scale) as scale,
        coalesce(sum(lent_requests) filter (where failed is not null), 0)::hugeint as requests,
        coalesce(sum(lent_failed), 0)::hugeint as failed,
        coalesce(sum(bare::hugeint * length_us), 0)::hugeint as bare,
        coalesce(sum(length_us) filter (where bare is not null), 0)::bigint as bare_us,
        coalesce(sum(length_us) filter (where failed is not null), 0)::bigint as counted_us
    from watched
    group by terms_no, watched_by, bucket_no
),

judged as (
    select
        piece.terms_no,
        piece.component_id,
        piece.watched_by,
        piece.raw_id,
        piece.start_us,
        piece.end_us,
        piece.weight,
        piece.length_us,
        rate.measured_us,
        rate.requests < piece.min_requests * rate.scale as is_few,
        case
            when rate.requests > 0 then is_over(rate.failed, rate.requests, piece.threshold, piece.comparator)
            when rate.bare_us > 0 then is_over(rate.bare, rate.bare_us, piece.threshold, piece.comparator)
            else piece.idle > 0
        end as is_bad,
        -- what the piece adds to the rate of its bucket, and what the rate is over, in millionths
        case
            when rate.requests > 0 then coalesce(piece.lent_failed, 0)
            when rate.bare_us > 0 then coalesce(piece.bare, 0)::hugeint * piece.length_us
            else piece.idle::hugeint * if(piece.failed is null, 0, piece.length_us)
        end as failing,
        case
            when rate.requests > 0 then rate.requests
            when rate.bare_us > 0 then rate.bare_us
            else rate.counted_us
        end::hugeint * 1000000 as among
    from watched as piece
    inner join rates as rate
        on piece.terms_no = rate.terms_no and piece.watched_by = rate.watched_by and piece.bucket_no = rate.bucket_no
),

losing as (
    select
        *,
        if(watched_by = '', measured_us * failing, null) as loss,
        if(watched_by = '', among * length_us, null) as loss_of
    from judged
    where is_bad and (failing > 0 or watched_by <> '')
),

-- bad samples where they fill their buckets
filled as (
    select
        terms_no,
        component_id,
        watched_by,
        raw_id,
        phase_us + (start_us - phase_us + bucket_us - 1) // bucket_us * bucket_us as start_us,
        phase_us + (end_us - phase_us) // bucket_us * bucket_us as end_us,
        weight,
        requests::hugeint * bucket_us < min_requests::hugeint * (end_us - start_us) as is_few
    from measured.bad_samples
    where bucket_us is not null and watched_by <> ''
),

reduced as (
    select
        *,
        loss // gcd(loss, loss_of) as loss_num,
        loss_of // gcd(loss, loss_of) as loss_den,
        -- so that ratios of very large numbers can be cut off without overflow
        greatest(loss_of // gcd(loss, loss_of) // 1000000000000000000, 1) as coarse
    from losing
)

select
    terms_no,
    component_id,
    watched_by,
    raw_id,
    start_us,
    end_us,
    weight,
    is_few,
    case
        when loss_den <= 1000000000000 then loss_num
        when coarse > 1 then loss_num // coarse * 1000000000000 // (loss_den // coarse + 1)
        else loss_num * 1000000000000 // loss_den
    end as loss_num,
    least(loss_den, 1000000000000) as loss_den,
    null as failed
from reduced
union all
select
    terms_no,
    component_id,
    watched_by,
    raw_id,
    start_us,
    end_us,
    weight,
    requests < min_requests as is_few,
    null as loss_num,
    null as loss_den,
    failed
from measured.bad_samples
where bucket_us is null
union all
select
    terms_no,
    component_id,
    watched_by,
    raw_id,
    start_us,
    end_us,
    weight,
    is_few,
    null as loss_num,
    null as loss_den,
    null as failed
from filled
where start_us < end_us
