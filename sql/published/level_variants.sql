-- builds  published.level_variants (working table): one row per variant that stands beside a headline result
-- reads   results of the same contract version, measure, service, scope and window part
-- rule    R-DI2, R-EX7: what would differ is printed beside the headline; R-GR8: unmeasured time bounds it. Readings are the worksheet's
select
    line.result_id as headline_id,
    result.result_id,
    result.result_version,
    result.variant,
    result.value_num,
    result.value_den,
    result.down_us,
    result.status
from published.level_lines as line
inner join measured.sla_results as result
    on
        line.contract_version_id = result.contract_version_id
        and line.measure_id = result.measure_id
        and line.service_id = result.service_id
        and line.scope = result.scope
        and line.start_at = result.start_at
where result.variant in ('if_counted', 'if_excluded', 'unknown_as_down')
qualify row_number() over (partition by result.result_id order by result.result_version desc) = 1
