-- builds  measured.service_outages (working table): one row per service and run of downtime in the period, whatever contracts say
-- reads   outage intervals, the catalogue, the run
-- rule    M-02, M-05: outages after union, clipped to the period and to as_of; contract exclusions and these never mix
with period as (
    select
        epoch_us(period_start_at) as start_us,
        epoch_us(least(period_end_at, as_of)) as end_us,
        as_of
    from run.context
),

components as (
    select distinct
        service_id,
        component_id
    from staged.service_catalogue
),

edges as (
    select
        component.service_id,
        unnest([
            greatest(epoch_us(outage.start_at), period.start_us),
            least(epoch_us(coalesce(outage.end_at, period.as_of)), period.end_us)
        ]) as edge_us,
        unnest([1, -1]) as step
    from reconciled.outage_intervals as outage
    inner join components as component on outage.component_id = component.component_id
    cross join period
    where
        outage.state = 'down'
        and epoch_us(outage.start_at) < period.end_us
        and epoch_us(coalesce(outage.end_at, period.as_of)) > period.start_us
),

states as (
    select
        service_id,
        edge_us as start_us,
        lead(edge_us) over so_far as end_us,
        sum(step) over so_far > 0 as is_down
    from edges
    window so_far as (partition by service_id order by edge_us)
),

placed as (
    select
        *,
        coalesce(lag(end_us) over in_order = start_us, false) as was_down
    from states
    where end_us > start_us and is_down
    window in_order as (partition by service_id order by start_us)
),

numbered as (
    select
        *,
        count(*) filter (where not was_down) over (partition by service_id order by start_us) as run_no
    from placed
)

select
    service_id,
    min(start_us) as start_us,
    max(end_us) as end_us
from numbered
group by service_id, run_no
