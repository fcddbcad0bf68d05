-- builds  measured.service_dimensions (working table): one row per service: provider, team and active time in the period
-- reads   the service's root rows, the run
-- rule    M-08: metrics are written for every service, provider and team of the catalogue, by its last entry in the period
with entries as (
    select
        entry.service_id,
        entry.provider_id,
        entry.owner_team,
        entry.valid_from,
        greatest(epoch_us(entry.valid_from), epoch_us(context.period_start_at)) as start_us,
        least(
            coalesce(epoch_us(entry.valid_to), epoch_us(context.period_end_at)), epoch_us(context.period_end_at), epoch_us(context.as_of)
        ) as end_us
    from staged.service_catalogue as entry
    cross join run.context as context
    where
        entry.service_id = entry.component_id
        and entry.valid_from < context.period_end_at
        and (entry.valid_to is null or entry.valid_to > context.period_start_at)
)

select
    service_id,
    arg_max(provider_id, valid_from) as provider_id,
    arg_max(owner_team, valid_from) as team,
    sum(greatest(end_us - start_us, 0))::bigint as active_us
from entries
group by service_id
