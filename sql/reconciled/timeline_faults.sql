-- builds  reconciled.timeline_faults (working table): one row per incident and instant that stands before an earlier step of the timeline
-- reads   incidents, candidates of their bounds
-- rule    RC-D8: the order of section 1, by more than the tolerance; the later step is the one flagged and nothing is mended. A bound that a
--         person set so that the end would stand before the start is flagged by any length: it does not stand
with steps as (
    select
        incident_id,
        unnest([
            'occurred_at', 'detected_at', 'reported_to_provider_at', 'acknowledged_at', 'mitigated_at', 'restored_at', 'resolved_at',
            'closed_at'
        ]) as field,
        unnest([1, 2, 3, 4, 5, 6, 7, 8]) as step_no,
        unnest([
            occurred_at, detected_at, reported_to_provider_at, acknowledged_at, mitigated_at, restored_at, resolved_at, closed_at
        ]) as at_moment
    from reconciled.incidents
    where status <> 'cancelled'
),

compared as (
    select
        incident_id,
        field,
        at_moment,
        max(at_moment) over (
            partition by incident_id order by step_no rows between unbounded preceding and 1 preceding
        ) as latest_before
    from steps
    where at_moment is not null
)

select
    compared.incident_id,
    provenance.winner_raw_id,
    compared.field,
    instant_text(compared.at_moment) as observed,
    instant_text(compared.latest_before) as expected,
    epoch_us(compared.at_moment) - epoch_us(compared.latest_before) as delta_us,
    policy.order_tolerance_us as tolerance_us
from compared
left join reconciled.field_provenance as provenance
    on compared.incident_id = provenance.incident_id and compared.field = provenance.field
cross join run.policy as policy
where epoch_us(compared.latest_before) - epoch_us(compared.at_moment) > policy.order_tolerance_us
union all
select
    spoiled.incident_id,
    spoiled.raw_id as winner_raw_id,
    spoiled.field,
    instant_text(moment(spoiled.at_us)) as observed,
    instant_text(if(spoiled.field = 'restored_at', incident.occurred_at, incident.restored_at)) as expected,
    spoiled.at_us - epoch_us(if(spoiled.field = 'restored_at', incident.occurred_at, incident.restored_at)) as delta_us,
    0 as tolerance_us
from reconciled.bound_candidates as spoiled
inner join reconciled.incidents as incident on spoiled.incident_id = incident.incident_id
where spoiled.rule_id = 'override_ends_before_start'
