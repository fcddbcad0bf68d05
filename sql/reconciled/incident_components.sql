-- builds  reconciled.incident_components (working table): one row per incident and component hit, with the evidence that names it
-- reads   runs, alerts, tickets and vendor records of incidents, claims
-- rule    4.2 component: catalogue mapping of the signals, then ticket, then vendor: the most specific. A vendor's record stands beside them on
--         the component it names itself
with signals as (
    select incident_id, component_key as component_id, true as is_monitored, false as is_alerted from reconciled.incident_runs
    union all
    select incident_id, component_key as component_id, false as is_monitored, true as is_alerted from reconciled.incident_alerts
),

stands as (
    select
        signals.incident_id,
        signals.component_id,
        1 as place,
        signals.is_monitored,
        signals.is_alerted,
        false as is_ticketed,
        false as is_vendored
    from signals
    inner join reconciled.components as component on signals.component_id = component.component_id
    union all
    select
        ticket.incident_id,
        claim.component_id,
        2 as place,
        false as is_monitored,
        false as is_alerted,
        true as is_ticketed,
        false as is_vendored
    from reconciled.incident_tickets as ticket
    inner join reconciled.claims as claim on ticket.raw_id = claim.raw_id
    where claim.component_id is not null and not ticket.is_cancelled
    union all
    select
        incident_id,
        component_id,
        if(has_component, 1, 3) as place,
        false as is_monitored,
        false as is_alerted,
        false as is_ticketed,
        true as is_vendored
    from reconciled.incident_vendor_records
    where component_id is not null
),

-- a vendor record alone does not keep the ticket's component from standing
best as (
    select
        incident_id,
        min(place) filter (where not is_vendored) as own_place
    from stands
    group by incident_id
)

select
    stands.incident_id,
    stands.component_id,
    bool_or(stands.is_monitored) as is_monitored,
    bool_or(stands.is_alerted) as is_alerted,
    bool_or(stands.is_ticketed) as is_ticketed,
    bool_or(stands.is_vendored) as is_vendored
from stands
inner join best on stands.incident_id = best.incident_id
group by stands.incident_id, stands.component_id
having
    min(stands.place) filter (where not stands.is_vendored) = min(best.own_place)
    or min(stands.place) filter (where stands.is_vendored) = 1
    or min(best.own_place) is null
