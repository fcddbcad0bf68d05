-- builds  measured.outliers: one row per window and exclusion of an incident from a metric that was asked for, as tables.yml has it
-- reads   exclusions asked for, names of incidents, the windows, the policy's reasons and roles
-- rule    M-16: only for a listed reason, approved by as_of by another person than who asked, in a role that may. It holds in every window that
--         its period meets. SLA results never read this table
with asked as (
    select
        exclusion.*,
        case
            when regexp_full_match(exclusion.period, '\d{4}-\d{2}') then exclusion.period[:4]::bigint * 12 + exclusion.period[6:7]::bigint - 1
            when regexp_full_match(exclusion.period, '\d{4}-Q[1-4]') then exclusion.period[:4]::bigint * 12 + exclusion.period[7:7]::bigint * 3 - 3
        end as first_month,
        if(contains(exclusion.period, 'Q'), 2, 0) as more_months
    from staged.metric_exclusion as exclusion
),

judged as (
    select
        span.period as window_period,
        asked.*,
        names.incident_id,
        case
            when
                asked.metric_id not in (
                    'mttd', 'mtta', 'mttm', 'mttr_restore', 'mttr_resolve', 'detect_to_restore', 'incidents', 'recurrence_rate',
                    'incidents_per_1000_service_hours', 'incidents_per_100_deployments', 'severity_standardised_rate'
                )
                then 'metric_takes_none'
            when names.incident_id is null then 'unknown_incident'
            when not list_contains(policy.outlier_reasons, asked.reason) then 'reason_not_listed'
            when asked.approved_by_ref is null or coalesce(asked.approved_at > context.as_of, true) then 'not_approved'
            when asked.approved_by_ref = asked.requested_by_ref then 'approved_by_requester'
            when not coalesce(list_contains(policy.outlier_roles, asked.approver_role), false) then 'wrong_role'
        end as why
    from asked
    inner join run.metric_windows as span on asked.first_month <= span.last_month and asked.first_month + asked.more_months >= span.first_month
    left join reconciled.incident_names as names on asked.incident_ref = names.name
    cross join run.policy as policy
    cross join run.context as context
)

select
    metric_exclusion_id,
    window_period as period,
    metric_id,
    incident_id,
    incident_ref,
    reason,
    approver_role,
    approved_at,
    if(why is null, 'applied', 'not_applied') as status,
    why
from judged
