-- builds  reconciled.settled_outages (working table): one row per outage span within the bounds that hold for its incident
-- reads   outage spans, bounds of incidents, overrides
-- rule    RC-P1; RC-P2: a bound that a person set cuts what lies outside it, and moves the first start or the last end out to it (basis
--         override). An open end is null
with ranked as (
    select
        span.*,
        bounds.occurred_us,
        bounds.restored_us,
        bounds.is_occurred_set,
        bounds.is_restored_set,
        coalesce(span.end_us, never_us()) as until_us,
        if(bounds.is_occurred_set, bounds.occurred_us, 0) as not_before_us,
        if(bounds.is_restored_set, coalesce(bounds.restored_us, never_us()), never_us()) as not_after_us
    from reconciled.outage_spans as span
    inner join reconciled.incident_bounds as bounds on span.incident_id = bounds.incident_id
),

inside as (
    select
        ranked.*,
        row_number() over (partition by incident_id, component_id, rule_id, state = 'down' order by start_us) as from_start,
        row_number() over (partition by incident_id, component_id, rule_id, state = 'down' order by until_us desc, start_us desc) as from_end
    from ranked
    where until_us > not_before_us and start_us < not_after_us
),

settled as (
    select
        inside.*,
        case
            when is_occurred_set and state = 'down' and from_start = 1 then occurred_us
            else greatest(start_us, not_before_us)
        end as set_start_us,
        case
            when is_restored_set and state = 'down' and from_end = 1 then not_after_us
            else least(until_us, not_after_us)
        end as set_until_us
    from inside
),

sources as (
    select
        incident_id,
        field,
        raw_id
    from reconciled.incident_overrides
)

select
    settled.incident_id,
    settled.component_id,
    settled.rule_id,
    moment(settled.set_start_us) as start_at,
    moment(settled.set_until_us) as end_at,
    settled.state,
    settled.weight::decimal(9, 6) as weight,
    settled.affected_users,
    if(settled.set_start_us <> settled.start_us or settled.set_until_us <> settled.until_us, 'override', settled.basis) as basis,
    settled.extended_by,
    list_sort(
        list_distinct(
            list_filter(
                list_concat(
                    settled.raw_ids,
                    [
                        if(settled.set_start_us <> settled.start_us, occurred.raw_id, null),
                        if(settled.set_until_us <> settled.until_us, restored.raw_id, null)
                    ]
                ),
                lambda raw_id: raw_id is not null
            )
        )
    ) as raw_ids
from settled
left join sources as occurred on settled.incident_id = occurred.incident_id and occurred.field = 'occurred_at'
left join sources as restored on settled.incident_id = restored.incident_id and restored.field = 'restored_at'
