-- builds  staged.aside_services (working table): one row per period, source system, entity and service that rows still set aside speak of
-- reads   rows set aside, which periods their files are for, rows replaced since, names of services
-- rule    a block marks the services it affects; service_id null: a row that names no known service may speak of any
with waiting as (
    select distinct
        link.period,
        aside.source_system,
        aside.entity,
        aside.raw_id,
        aside.names
    from staged.set_aside as aside
    inner join staged.file_periods as link on aside.landing_seq = link.landing_seq and aside.entity = link.entity
    anti join staged.replaced_rows as replaced on aside.raw_id = replaced.raw_id
),

spoken as (
    select
        *,
        unnest(if(len(names) = 0, [null], names)) as name
    from waiting
),

known as (
    select
        spoken.period,
        spoken.source_system,
        spoken.entity,
        spoken.raw_id,
        list(named.service_id) filter (where named.service_id is not null) as services
    from spoken
    left join staged.service_names as named on spoken.name = named.name
    group by spoken.period, spoken.source_system, spoken.entity, spoken.raw_id
)

select distinct
    period,
    source_system,
    entity,
    unnest(coalesce(services, [null])) as service_id
from known
