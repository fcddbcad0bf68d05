-- builds  measured.counted_values (working table): one row per scope whose value is no share of time alone: what was lost of what, in units of
--         1 / scale; `among` null: of the time that counts. `lost_ppm_us` is the time lost that money reads
-- reads   scopes and parts, intervals lost, requests and their failures, hours waived
-- rule    R-GR6 1 - mean of error rates; (requests - failed) / requests, in millionths only where a sample was cut; R-GR7 hours charged of
--         the clock hours of the window. E120: `has_evidence` = some sample says how many requests failed
with waived as (
    select
        scope_no,
        count(*) as hours
    from measured.waived_hours
    group by scope_no
),

requests as (
    select
        scope.scope_no,
        greatest(coalesce(counts.requests, 0) - coalesce(left_out.requests, 0), 0) as among,
        coalesce(failed.failed, 0) as failed,
        among % 1000000 = 0 and coalesce(failed.failed, 0) % 1000000 = 0 as is_whole
    from measured.scopes as scope
    inner join measured.parts as part on scope.part_no = part.part_no
    left join measured.request_counts as counts on scope.part_no = counts.part_no
    left join measured.left_out_requests as left_out on scope.scope_no = left_out.scope_no
    left join measured.failed_requests as failed on scope.scope_no = failed.scope_no
    where part.kind = 'request_ratio'
)

select
    scope.scope_no,
    coalesce(counts.samples, 0) > 0 as has_evidence,
    coalesce(interval_of.scale, 1)::hugeint as scale,
    case part.kind
        when 'error_rate' then coalesce(interval_of.lost, 0)
        when 'request_ratio' then if(requests.is_whole, requests.failed // 1000000, requests.failed)
        else coalesce(waived.hours, 0)
    end::hugeint as lost,
    case part.kind
        when 'request_ratio' then if(requests.is_whole, requests.among // 1000000, requests.among)
        when 'waiver' then if(part.end_us > part.start_us, (part.end_us - 1) // 3600000000 - part.start_us // 3600000000 + 1, 0)
    end::hugeint as among,
    case part.kind
        when 'error_rate' then coalesce(interval_of.lost, 0) // coalesce(interval_of.scale, 1) * 1000000
        when 'request_ratio' then 0
        else coalesce(waived.hours, 0) * 3600000000::hugeint * 1000000
    end::decimal(38, 0) as lost_ppm_us
from measured.scopes as scope
inner join measured.parts as part on scope.part_no = part.part_no
left join measured.request_counts as counts on scope.part_no = counts.part_no
left join measured.lost_intervals as interval_of on scope.scope_no = interval_of.scope_no
left join requests on scope.scope_no = requests.scope_no
left join waived on scope.scope_no = waived.scope_no
where part.kind in ('error_rate', 'request_ratio', 'waiver')
