-- builds  measured.incident_filters (working table): one row per window, incident of it and filter that selects it
-- reads   incidents of the windows, dimensions of services, filters
-- rule    M-08; severity is the most severe the incident had
with dimensions as (
    select
        incident.period,
        incident.incident_id,
        unnest([
            struct_pack(dimension := 'all', selected := ''),
            struct_pack(dimension := 'service', selected := incident.service_id),
            struct_pack(dimension := 'provider', selected := incident.provider_id),
            struct_pack(dimension := 'team', selected := service.team),
            struct_pack(dimension := 'severity', selected := incident.severity_max)
        ]) as dimension
    from measured.metric_incidents as incident
    left join measured.service_dimensions as service on incident.period = service.period and incident.service_id = service.service_id
)

select
    dimensions.period,
    dimensions.incident_id,
    filters.filter
from dimensions
inner join measured.metric_filters as filters
    on
        dimensions.period = filters.period
        and dimensions.dimension.dimension = filters.dimension
        and dimensions.dimension.selected = coalesce(filters.selected, '')
