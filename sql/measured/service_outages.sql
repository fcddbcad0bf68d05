-- builds  measured.service_outages (working table): one row per window, service and run of downtime in it, whatever contracts say
-- reads   outage intervals, the catalogue's gates, the windows of metrics
-- rule    M-02, M-05 (E89): what counts is time in which the service itself is down: outages of its components after union, combined as the
--         catalogue says (R-CO2: one of a redundant pair down is no outage), clipped to the window and to as_of. Exclusions, disputes and
--         granularity belong to contracts and never enter here
with recursive spans as (
    select
        span.period,
        epoch_us(span.start_at) as start_us,
        epoch_us(least(span.end_at, context.as_of)) as end_us,
        context.as_of
    from run.metric_windows as span
    cross join run.context as context
),

gates as (
    select distinct
        period,
        service_id,
        gate_id,
        parent_gate_id,
        depth,
        need
    from measured.service_nodes
),

signals as (
    select
        node.period,
        node.service_id,
        node.gate_id,
        node.depth,
        greatest(epoch_us(outage.start_at), span.start_us) as start_us,
        least(epoch_us(coalesce(outage.end_at, span.as_of)), span.end_us) as end_us,
        node.need as units
    from reconciled.outage_intervals as outage
    inner join measured.service_nodes as node on outage.component_id = node.component_id
    inner join spans as span on node.period = span.period
    where
        outage.state = 'down'
        and epoch_us(outage.start_at) < span.end_us
        and epoch_us(coalesce(outage.end_at, span.as_of)) > span.start_us
    union all
    (
        with waiting as (
            select
                *,
                max(depth) over (partition by period, service_id) as deepest
            from signals
            where depth > 0
        ),

        edges as (
            select
                period,
                service_id,
                gate_id,
                unnest([start_us, end_us]) as edge_us,
                unnest([units, -units]) as step
            from waiting
            where depth = deepest
        ),

        states as (
            select
                period,
                service_id,
                gate_id,
                edge_us as start_us,
                lead(edge_us) over so_far as end_us,
                sum(step) over so_far as units
            from edges
            window so_far as (partition by period, service_id, gate_id order by edge_us)
        )

        select
            states.period,
            states.service_id,
            parent.gate_id,
            parent.depth,
            states.start_us,
            states.end_us,
            1 as units
        from states
        inner join gates as gate
            on states.period = gate.period and states.service_id = gate.service_id and states.gate_id = gate.gate_id
        inner join gates as parent
            on gate.period = parent.period and gate.service_id = parent.service_id and gate.parent_gate_id = parent.gate_id
        where states.end_us > states.start_us and states.units >= gate.need
        union all
        select
            period,
            service_id,
            gate_id,
            depth,
            start_us,
            end_us,
            units
        from waiting
        where depth < deepest
    )
),

edges as (
    select
        signal.period,
        signal.service_id,
        gate.need,
        unnest([signal.start_us, signal.end_us]) as edge_us,
        unnest([signal.units, -signal.units]) as step
    from signals as signal
    inner join gates as gate on signal.period = gate.period and signal.service_id = gate.service_id and signal.gate_id = gate.gate_id
    where signal.depth = 0
),

states as (
    select
        period,
        service_id,
        edge_us as start_us,
        lead(edge_us) over so_far as end_us,
        sum(step) over so_far >= need as is_down
    from edges
    window so_far as (partition by period, service_id order by edge_us)
),

placed as (
    select
        *,
        coalesce(lag(end_us) over in_order = start_us, false) as was_down
    from states
    where end_us > start_us and is_down
    window in_order as (partition by period, service_id order by start_us)
),

numbered as (
    select
        *,
        count(*) filter (where not was_down) over (partition by period, service_id order by start_us) as run_no
    from placed
)

select
    period,
    service_id,
    min(start_us) as start_us,
    max(end_us) as end_us
from numbered
group by period, service_id, run_no
