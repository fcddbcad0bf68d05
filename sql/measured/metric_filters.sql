-- builds  measured.metric_filters (working table): one row per filter of a metric, as canonical JSON, with what it selects; null = anything
-- reads   dimensions of services
-- rule    M-08: {}, each service, provider, team and severity
with filters as (
    select
        '{}' as filter,
        'all' as dimension,
        null as selected
    union all
    select distinct
        '{"service_id":' || json_text(service_id) || '}' as filter,
        'service' as dimension,
        service_id as selected
    from measured.service_dimensions
    union all
    select distinct
        '{"provider_id":' || json_text(provider_id) || '}' as filter,
        'provider' as dimension,
        provider_id as selected
    from measured.service_dimensions
    where provider_id is not null
    union all
    select distinct
        '{"team":' || json_text(team) || '}' as filter,
        'team' as dimension,
        team as selected
    from measured.service_dimensions
    where team is not null
    union all
    select
        '{"severity":' || json_text(severity) || '}' as filter,
        'severity' as dimension,
        severity as selected
    from unnest(['P1', 'P2', 'P3', 'P4']) as severities (severity)
)

select
    filter,
    dimension,
    selected
from filters
