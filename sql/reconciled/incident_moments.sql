-- builds  reconciled.incident_moments (working table): one row per incident on a service that a change may hurt: its place on their axis
-- reads   bounds and words of incidents, services of changes
-- rule    section 1 change-related: what counts is when the incident occurred
with origins as (
    select distinct
        service_id,
        origin,
        origin_s
    from reconciled.change_services
)

select
    bounds.incident_id,
    bounds.occurred_us,
    origins.origin + bounds.occurred_us // 1000000 - origins.origin_s as place
from reconciled.incident_bounds as bounds
inner join reconciled.incident_words as words on bounds.incident_id = words.incident_id
inner join origins on words.service_id = origins.service_id
