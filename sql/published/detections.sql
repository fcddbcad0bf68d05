-- builds  published.detections (working table): one row per discrepancy that a detector found and that concerns the period
-- reads   discrepancies, incidents and their members
-- rule    4.3: a zone mislabelled until the period or later; medians of its months; edits learnt in the period or of its incidents. In whose
--         favour an edit is: the vendor's if the outage, its severity or its reach shrinks, or the cause leaves the vendor; ours if the
--         reverse. Start and end that moved together are judged by the length. What has no side stays open
with context as (
    select
        period_start_at,
        period_end_at,
        instant_text(period_start_at) as start_text,
        strftime(period_start_at + interval 1 day, '%Y-%m') as first_month,
        strftime(period_end_at - interval 1 day, '%Y-%m') as last_month
    from run.context
),

found as (
    select
        case
            when type = 'POST_CLOSURE_EDIT' then 'edit'
            when starts_with(field, 'median ') then 'skew'
            else 'zone'
        end as detector,
        *
    from reconciled.discrepancies
    where
        (type = 'POST_CLOSURE_EDIT' and starts_with(field, 'vendor.'))
        or (type = 'TIMESTAMP_SKEW' and (starts_with(field, 'median ') or starts_with(field, 'zone')))
),

-- what an edit did to the length of the record
lengths as (
    select
        raw_ids,
        sum(if(field = 'vendor.end', delta_us, -delta_us)) as longer_us
    from found
    where detector = 'edit' and field in ('vendor.start', 'vendor.end')
    group by raw_ids
),

keys as (
    select
        raw_id,
        min(source_key) as source_key
    from reconciled.incident_members
    where entity = 'vendor_record'
    group by raw_id
)

select
    found.detector,
    found.discrepancy_id,
    found.rule_id,
    found.source_system,
    found.field,
    found.observed,
    found.expected,
    found.delta_us,
    found.opened_at,
    found.state,
    len(found.raw_ids) as records,
    incident.incident_id,
    incident.ticket_key,
    coalesce(keys.source_key, left(found.raw_ids[-1], 12)) as record_key,
    case
        when found.detector <> 'edit' then null
        when found.field = 'vendor.end' and found.observed is null then 'ours'
        when found.field in ('vendor.start', 'vendor.end')
            then ['vendor', 'open', 'ours'][(sign(lengths.longer_us) + 2)::bigint]
        when found.field = 'vendor.accepted' then if(found.delta_us < 0, 'vendor', 'ours')
        when found.field in ('vendor.affected_fraction', 'vendor.affected_users')
            then
                case
                    when found.observed is null then 'open'
                    when found.observed::decimal(38, 6) < found.expected::decimal(38, 6) then 'vendor'
                    else 'ours'
                end
        when found.field = 'vendor.severity' and regexp_full_match(found.observed || found.expected, 'P[1-4]P[1-4]')
            then if(found.observed > found.expected, 'vendor', 'ours')
        when found.field = 'vendor.responsibility' and found.expected = 'provider' then 'vendor'
        when found.field = 'vendor.responsibility' and found.observed = 'provider' then 'ours'
        when found.field = 'vendor.responsibility' and found.observed = 'customer' then 'vendor'
        when found.field = 'vendor.status' then 'vendor'
        else 'open'
    end as favour
from found
left join reconciled.incidents as incident on found.incident_id = incident.incident_id
left join lengths on found.raw_ids = lengths.raw_ids
left join keys on found.raw_ids[-1] = keys.raw_id
cross join context
where
    case found.detector
        when 'zone' then regexp_extract(found.observed, ' to ([^,]+)', 1) >= context.start_text
        when 'skew' then right(found.field, 7) between context.first_month and context.last_month
        else
            (found.opened_at >= context.period_start_at and found.opened_at < context.period_end_at)
            or coalesce(
                incident.occurred_at < context.period_end_at
                and coalesce(incident.restored_at, context.period_end_at) >= context.period_start_at,
                false
            )
    end
