-- builds  reconciled.allowance_pieces (working table): one row per applied exclusion with a monthly allowance and month it lies in
-- reads   judged exclusions, contract versions, zone transitions
-- rule    R-EX2, R-EX3 (E18, E19): the allowance of a component's month, in the contract's zone, is used up in time order; minutes under two
--         windows are used once. `cut_us` is where the allowance ends inside the piece
with limited as (
    select
        exclusion.*,
        version.timezone
    from reconciled.judged_exclusions as exclusion
    inner join run.contract_versions as version on exclusion.contract_version_id = version.contract_version_id
    where exclusion.status = 'applied' and exclusion.max_us_per_month is not null
),

transitions as (
    select
        zone_name,
        epoch_us(start_at) as start_us,
        coalesce(epoch_us(end_at), never_us()) as end_us,
        utc_offset_us
    from staged.zone_transitions
),

spans as (
    select
        timezone,
        min(start_us) as start_us,
        max(end_us) as end_us
    from limited
    group by timezone
),

month_starts as (
    select
        timezone,
        epoch_us(
            unnest(
                range(
                    date_trunc('month', make_timestamp(start_us)) - interval 1 month,
                    make_timestamp(end_us) + interval 2 month,
                    interval 1 month
                )
            )
        ) as wall_us
    from spans
),

months as (
    select
        month_starts.timezone,
        month_starts.wall_us - coalesce(transitions.utc_offset_us, 0) as start_us,
        lead(month_starts.wall_us - coalesce(transitions.utc_offset_us, 0)) over (
            partition by month_starts.timezone order by month_starts.wall_us
        ) as end_us
    from month_starts
    left join transitions
        on
            month_starts.timezone = transitions.zone_name
            and month_starts.wall_us - transitions.utc_offset_us >= transitions.start_us
            and month_starts.wall_us - transitions.utc_offset_us < transitions.end_us
    qualify row_number() over (partition by month_starts.timezone, month_starts.wall_us order by transitions.start_us) = 1
),

pieces as (
    select
        limited.type,
        limited.contract_version_id,
        limited.measure_id,
        limited.component_id,
        limited.raw_id,
        limited.start_us as asked_start_us,
        limited.end_us as asked_end_us,
        limited.max_us_per_month,
        months.start_us as month_us,
        greatest(limited.start_us, months.start_us) as start_us,
        least(limited.end_us, months.end_us) as end_us
    from limited
    inner join months
        on limited.timezone = months.timezone and limited.start_us < months.end_us and limited.end_us > months.start_us
),

fresh as (
    select
        pieces.*,
        greatest(start_us, coalesce(max(end_us) over earlier, start_us)) as fresh_start_us
    from pieces
    window earlier as (
        partition by type, contract_version_id, measure_id, component_id, month_us
        order by start_us, end_us, raw_id
        rows between unbounded preceding and 1 preceding
    )
),

used as (
    select
        fresh.*,
        coalesce(sum(greatest(end_us - fresh_start_us, 0)) over earlier, 0)::bigint as used_us
    from fresh
    window earlier as (
        partition by type, contract_version_id, measure_id, component_id, month_us
        order by start_us, end_us, raw_id
        rows between unbounded preceding and 1 preceding
    )
)

select
    type,
    contract_version_id,
    measure_id,
    component_id,
    raw_id,
    asked_start_us,
    asked_end_us,
    start_us,
    end_us,
    if(used_us >= max_us_per_month, start_us, least(end_us, fresh_start_us + max_us_per_month - used_us)) as cut_us
from used
