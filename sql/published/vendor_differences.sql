-- builds  published.vendor_differences (working table): one row per ended vendor record in an ended incident of the period
-- reads   the provider's word beside the reconciled truth
-- rule    RC-D3: within tolerance if the difference of durations is at most the larger of an absolute and a relative limit. An outage that
--         rests on the provider's word alone is not held against it
with pairs as (
    select
        incident.incident_id,
        incident.ticket_key,
        record.raw_id,
        record.vendor_key,
        record.provider_id,
        epoch_us(incident.restored_at) - epoch_us(incident.occurred_at) as ours_us,
        epoch_us(record.ended_at) - epoch_us(record.started_at) as theirs_us
    from reconciled.incidents as incident
    inner join reconciled.incident_members as member on incident.incident_id = member.incident_id
    inner join staged.vendor_record as record on member.raw_id = record.raw_id
    cross join run.context as context
    where
        incident.restored_at is not null
        and record.ended_at is not null
        and record.status <> 'withdrawn'
        and incident.status <> 'cancelled'
        and incident.outage_basis <> 'vendor'
        and incident.occurred_at < context.period_end_at
        and incident.restored_at >= context.period_start_at
)

select
    pairs.incident_id,
    pairs.ticket_key,
    pairs.raw_id,
    pairs.vendor_key,
    pairs.provider_id,
    pairs.ours_us,
    pairs.theirs_us,
    pairs.theirs_us - pairs.ours_us as delta_us,
    greatest(policy.duration_abs_us, floor(pairs.ours_us * policy.duration_rel)::bigint) as tolerance_us,
    abs(pairs.theirs_us - pairs.ours_us) <= greatest(policy.duration_abs_us, pairs.ours_us * policy.duration_rel) as is_within
from pairs
cross join run.policy as policy
