-- builds  published.span_sums (working table): one row per told result: how many spans it has, and how much of them counted
-- reads   spans of told results
-- rule    R-AV1: counted spans add up to the downtime, unless a contract counts in its own grain; the page says so where they do not
select
    span.result_id,
    count(*) as spans,
    coalesce(sum(span.length_us) filter (where span.counted_as = 'counted'), 0)::bigint as counted_us
from published.result_spans as span
inner join published.told_results as told on span.result_id = told.result_id
group by span.result_id
