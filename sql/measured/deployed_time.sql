-- builds  measured.deployed_time (working table): one row per window listed and filter: incidents and time of services while something was
--         deployed on them or soon after, and in the rest of their active time
-- reads   deployments, incidents of the windows, dimensions and filters of services, the policy's look-back, the windows of metrics
-- rule    M-15: a deployment's time ends with the look-back in which a change is a candidate (section 1); each instant of a service once
with spans as (
    select
        span.period,
        deployment.service_id,
        deployment.start_us,
        least(deployment.end_us + policy.change_lookback_us, epoch_us(span.end_at), epoch_us(context.as_of)) as end_us
    from measured.deployments as deployment
    inner join run.metric_windows as span on deployment.period = span.period and span.is_listed
    cross join run.policy as policy
    cross join run.context as context
    where deployment.service_id is not null
),

reached as (
    select
        *,
        max(end_us) over (
            partition by period, service_id
            order by start_us, end_us
            rows between unbounded preceding and 1 preceding
        ) as reached_us
    from spans
    where start_us < end_us
),

deployed as (
    select
        period,
        service_id,
        sum(greatest(end_us - greatest(start_us, coalesce(reached_us, start_us)), 0))::bigint as in_us
    from reached
    group by period, service_id
),

hit as (
    select distinct
        incident.period,
        incident.incident_id
    from measured.metric_incidents as incident
    inner join spans
        on
            incident.period = spans.period
            and incident.service_id = spans.service_id
            and epoch_us(incident.occurred_at) >= spans.start_us
            and epoch_us(incident.occurred_at) < spans.end_us
    where incident.is_occurred
),

incidents as (
    select
        incident.period,
        incident.service_id,
        count(hit.incident_id) as incidents_in,
        count(*) - count(hit.incident_id) as incidents_out
    from measured.metric_incidents as incident
    left join hit on incident.period = hit.period and incident.incident_id = hit.incident_id
    where incident.is_occurred
    group by incident.period, incident.service_id
)

select
    link.period,
    link.filter,
    sum(coalesce(incidents.incidents_in, 0))::bigint as incidents_in,
    sum(coalesce(deployed.in_us, 0))::bigint as in_us,
    sum(coalesce(incidents.incidents_out, 0))::bigint as incidents_out,
    sum(greatest(service.active_us - coalesce(deployed.in_us, 0), 0))::bigint as out_us
from measured.service_filters as link
inner join run.metric_windows as span on link.period = span.period and span.is_listed
inner join measured.service_dimensions as service on link.period = service.period and link.service_id = service.service_id
left join deployed on link.period = deployed.period and link.service_id = deployed.service_id
left join incidents on link.period = incidents.period and link.service_id = incidents.service_id
group by link.period, link.filter
