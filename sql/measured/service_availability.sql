-- builds  measured.service_availability (working table): one row per window and filter: active time of its services, their outages and components
-- reads   service outages, dimensions and filters of services
-- rule    M-02, M-05: of several services times and outages add; starts are compared within a service
with services as (
    select
        service.period,
        service.service_id,
        service.active_us,
        service.components,
        count(outage.service_id) as outages,
        coalesce(sum(outage.end_us - outage.start_us), 0)::bigint as down_us,
        greatest(count(outage.service_id) - 1, 0) as gaps,
        coalesce(max(outage.start_us) - min(outage.start_us), 0) as between_starts_us
    from measured.service_dimensions as service
    left join measured.service_outages as outage on service.period = outage.period and service.service_id = outage.service_id
    group by service.period, service.service_id, service.active_us, service.components
)

select
    link.period,
    link.filter,
    count(*) as services,
    sum(service.components)::bigint as components,
    sum(service.active_us)::bigint as active_us,
    sum(service.outages)::bigint as outages,
    sum(service.down_us)::bigint as down_us,
    sum(service.gaps)::bigint as gaps,
    sum(service.between_starts_us)::bigint as between_starts_us
from measured.service_filters as link
inner join services as service on link.period = service.period and link.service_id = service.service_id
group by link.period, link.filter
