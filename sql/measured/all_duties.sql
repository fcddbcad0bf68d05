-- builds  measured.all_duties (working table): one row per review, runbook change and action that was due, or done, by as_of
-- reads   incidents, reviews, runbook versions, actions and all their versions, names of incidents, the policy's hours
-- rule    M-12 E98: 72 elapsed hours from resolved to the completed review of a major incident, and from a review's conclusion to the new
--         version of each runbook it names. M-13: an action is due when it was first said to be; one that was cancelled is due no more
with reviewed as (
    select
        names.incident_id,
        min(review.completed_at) as done_at
    from staged.review as review
    inner join reconciled.incident_names as names on review.incident_ref = names.name
    where review.kind in ('internal', 'joint')
    group by names.incident_id
),

reviews as (
    select
        'review' as kind,
        incident.incident_id as duty_id,
        incident.incident_id,
        incident.service_id,
        incident.provider_id,
        null as owner_team,
        incident.severity_max as severity,
        epoch_us(incident.resolved_at) + policy.review_us as due_us,
        epoch_us(reviewed.done_at) as done_us,
        false as is_cancelled
    from reconciled.incidents as incident
    left join reviewed on incident.incident_id = reviewed.incident_id
    cross join run.policy as policy
    where incident.major and incident.resolved_at is not null and incident.status <> 'cancelled'
),

named_runbooks as (
    select
        review_id,
        epoch_us(opened_at) as opened_us,
        unnest(if(len(coalesce(runbook_ids, [])) = 0, [null], runbook_ids)) as runbook_id
    from staged.review
    where runbook_change_needed and concluded_at is not null
),

changed_runbooks as (
    select
        named.review_id,
        named.runbook_id,
        min(epoch_us(version.published_at)) as published_us
    from named_runbooks as named
    left join staged.runbook_version as version
        on
            (named.runbook_id is null and version.review_id = named.review_id)
            or (
                version.runbook_id = named.runbook_id
                and (version.review_id = named.review_id or epoch_us(version.published_at) >= named.opened_us)
            )
    group by named.review_id, named.runbook_id
),

runbooks as (
    select
        'runbook' as kind,
        review.review_id as duty_id,
        names.incident_id,
        coalesce(incident.service_id, review.service_id) as service_id,
        incident.provider_id,
        null as owner_team,
        incident.severity_max as severity,
        epoch_us(review.concluded_at) + policy.runbook_us as due_us,
        changed.done_us,
        false as is_cancelled
    from staged.review as review
    inner join (
        select
            review_id,
            if(count(*) = count(published_us), max(published_us), null) as done_us
        from changed_runbooks
        group by review_id
    ) as changed on review.review_id = changed.review_id
    left join reconciled.incident_names as names on review.incident_ref = names.name
    left join reconciled.incidents as incident on names.incident_id = incident.incident_id
    cross join run.policy as policy
),

first_dates as (
    select
        action_id,
        min_by(due_at, (recorded_from, raw_id)) as due_at
    from staged.action_item_versions
    where due_at is not null
    group by action_id
),

actions as (
    select
        'action' as kind,
        action.action_id as duty_id,
        names.incident_id,
        coalesce(incident.service_id, review.service_id) as service_id,
        incident.provider_id,
        action.owner_team,
        coalesce(action.severity_of_incident, incident.severity_max) as severity,
        epoch_us(first.due_at) as due_us,
        if(action.status = 'closed', epoch_us(action.closed_at), null) as done_us,
        action.status = 'cancelled' as is_cancelled
    from staged.action_item as action
    inner join first_dates as first on action.action_id = first.action_id
    left join staged.review as review on action.origin_kind = 'review' and action.origin_id = review.review_id
    left join reconciled.incident_names as names on review.incident_ref = names.name
    left join reconciled.incidents as incident on names.incident_id = incident.incident_id
),

duties as (
    select * from reviews
    union all
    select * from runbooks
    union all
    select * from actions
)

select
    duty.*,
    greatest(coalesce(duty.done_us, epoch_us(context.as_of)) - duty.due_us, 0) as late_us,
    case
        when duty.is_cancelled then 'cancelled'
        when duty.done_us <= duty.due_us then 'on_time'
        when duty.done_us > duty.due_us then 'late'
        when duty.due_us <= epoch_us(context.as_of) then 'overdue'
        else 'not_due'
    end as status
from duties as duty
cross join run.context as context
