-- macro   failed_millionths(requests, errors, error_rate): millionths of a request that failed in a sample; errors win over a rate (entities.yml);
--         null where the sample does not count requests
create or replace macro failed_millionths(requests, errors, error_rate) as (
    case
        when requests is null then null
        when errors is not null then (errors)::hugeint * 1000000
        when error_rate is not null then (requests)::hugeint * ppm(error_rate)
        when requests = 0 then 0
    end
);
-- macro   bare_millionths(requests, errors, error_rate, state, reads): the failed share of a sample that does not count requests, in millionths: as
--         it says, or, where `states` may be read, all of them when down and less otherwise; null where it says nothing or only `counts` do
create or replace macro bare_millionths(requests, errors, error_rate, state, reads) as (
    case
        when reads = 'counts' or failed_millionths(requests, errors, error_rate) is not null then null
        when error_rate is not null then ppm(error_rate)
        when reads = 'states' then if(state = 'down', 1000000, 0)
    end
);
-- macro   is_over(num, den, threshold, comparator): does num / den, both in the same millionths, stand so to a threshold in millionths (R-GR5)
create or replace macro is_over(num, den, threshold, comparator) as (
    if(comparator = 'gte', (num)::hugeint >= (threshold) * (den)::hugeint, (num)::hugeint > (threshold) * (den)::hugeint)
);
-- macro   is_bad_sample(requests, failed, bare, threshold, comparator, idle): does a sample by itself stand over the threshold; one without any
--         request is as bad as idle time is
create or replace macro is_bad_sample(requests, failed, bare, threshold, comparator, idle) as (
    case
        when failed is not null and requests > 0 then is_over(failed, requests, threshold, comparator)
        when failed is not null then idle > 0
        else coalesce(is_over(bare, 1, threshold, comparator), false)
    end
);
