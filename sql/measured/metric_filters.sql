-- builds  measured.metric_filters (working table): one row per window and filter of a metric, as canonical JSON, with what it selects; null =
--         anything
-- reads   dimensions of services, the windows of metrics
-- rule    M-08: {}, each service, provider, team and severity
with selections as (
    select
        period,
        unnest([
            struct_pack(dimension := 'service', key := 'service_id', selected := service_id),
            struct_pack(dimension := 'provider', key := 'provider_id', selected := provider_id),
            struct_pack(dimension := 'team', key := 'team', selected := team)
        ]) as selection
    from measured.service_dimensions
    union all
    select
        span.period,
        struct_pack(dimension := 'severity', key := 'severity', selected := severities.severity) as selection
    from run.metric_windows as span
    cross join unnest(['P1', 'P2', 'P3', 'P4']) as severities (severity)
)

select
    period,
    '{}' as filter,
    'all' as dimension,
    null as selected
from run.metric_windows
union all
select distinct
    period,
    '{"' || selection.key || '":' || json_text(selection.selected) || '}' as filter,
    selection.dimension as dimension,
    selection.selected as selected
from selections
where selection.selected is not null
