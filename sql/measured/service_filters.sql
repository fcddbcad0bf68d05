-- builds  measured.service_filters (working table): one row per window, service and filter that selects it
-- reads   dimensions of services, filters
-- rule    M-08; a severity selects incidents, not services
with dimensions as (
    select
        period,
        service_id,
        unnest([
            struct_pack(dimension := 'all', selected := ''),
            struct_pack(dimension := 'service', selected := service_id),
            struct_pack(dimension := 'provider', selected := provider_id),
            struct_pack(dimension := 'team', selected := team)
        ]) as dimension
    from measured.service_dimensions
)

select
    dimensions.period,
    dimensions.service_id,
    filters.filter
from dimensions
inner join measured.metric_filters as filters
    on
        dimensions.period = filters.period
        and dimensions.dimension.dimension = filters.dimension
        and dimensions.dimension.selected = coalesce(filters.selected, '')
