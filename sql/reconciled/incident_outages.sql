-- builds  reconciled.incident_outages (working table): one row per incident with an outage: its length as a union, and what it rests on
-- reads   outage intervals
-- rule    tables.yml incidents.down_us: union of its down intervals over all components, up to as_of; basis: the strongest among them
with spans as (
    select
        outage.incident_id,
        outage.basis,
        outage.state,
        epoch_us(outage.start_at) as start_us,
        least(coalesce(epoch_us(outage.end_at), never_us()), epoch_us(context.as_of)) as end_us
    from reconciled.outage_intervals as outage
    cross join run.context as context
),

new_parts as (
    select
        incident_id,
        end_us - greatest(
            start_us,
            coalesce(max(end_us) over (partition by incident_id order by start_us, end_us rows between unbounded preceding and 1 preceding), 0)
        ) as part_us
    from spans
    where state = 'down'
),

lengths as (
    select
        incident_id,
        sum(greatest(part_us, 0))::bigint as down_us
    from new_parts
    group by incident_id
)

select
    spans.incident_id,
    ['override', 'monitoring', 'alert', 'ticket', 'vendor'][min(
        list_position(['override', 'monitoring', 'alert', 'ticket', 'vendor'], spans.basis)
    )] as outage_basis,
    bool_or(spans.state = 'down') as is_down,
    coalesce(max(lengths.down_us), 0) as down_us
from spans
left join lengths on spans.incident_id = lengths.incident_id
group by spans.incident_id
