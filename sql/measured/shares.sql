-- builds  measured.shares (working table): one row per window, filter and metric that is a share of subjects: how many of them, how many hit, of
--         how many nothing can be known
-- reads   verdicts on levels and targets, duties, escalations, deployments, dimensions of services, filters
-- rule    unknown is a value: where nobody ever told of a decision, review, runbook or action, what was due is missing, not late.
--         M-07 change failure rate; M-11, M-12, M-13; attainments: met of those judged, running ones left out
with spans as (
    select
        span.period,
        epoch_us(span.start_at) as start_us,
        epoch_us(span.end_at) as end_us,
        epoch_us(context.as_of) as as_of_us
    from run.metric_windows as span
    cross join run.context as context
),

feeds as (
    select
        exists (from staged.review) as review,
        exists (from staged.runbook_version) as runbook,
        exists (from staged.escalation_decision) as escalation
),

subjects as (
    select
        judged.period,
        verdict.metric_id,
        verdict.service_id,
        verdict.provider_id,
        null as team,
        verdict.severity,
        verdict.met as hits,
        verdict.judged as n,
        0 as missing
    from measured.judged_levels as verdict
    inner join run.judged_in_windows as judged on verdict.period = judged.judged_period
    union all
    select
        span.period,
        duty.kind || '_on_time' as metric_id,
        duty.service_id,
        duty.provider_id,
        duty.owner_team as team,
        duty.severity,
        (duty.status = 'on_time')::bigint as hits,
        case duty.kind when 'review' then feeds.review when 'runbook' then feeds.runbook else true end::bigint as n,
        case duty.kind when 'review' then not feeds.review when 'runbook' then not feeds.runbook else false end::bigint as missing
    from measured.all_duties as duty
    inner join spans as span on duty.due_us >= span.start_us and duty.due_us < span.end_us
    cross join feeds
    where duty.status not in ('cancelled', 'not_due')
    union all
    select
        span.period,
        'action_closed' as metric_id,
        duty.service_id,
        duty.provider_id,
        duty.owner_team as team,
        duty.severity,
        (duty.status in ('on_time', 'late'))::bigint as hits,
        1 as n,
        0 as missing
    from measured.all_duties as duty
    inner join spans as span on duty.due_us >= span.start_us and duty.due_us < span.end_us
    where duty.kind = 'action' and duty.status not in ('cancelled', 'not_due')
    union all
    select
        span.period,
        'escalation_on_time' as metric_id,
        incident.service_id,
        incident.provider_id,
        null as team,
        duty.severity,
        (duty.status = 'on_time')::bigint as hits,
        feeds.escalation::bigint as n,
        (not feeds.escalation)::bigint as missing
    from measured.escalation_duties as duty
    inner join spans as span on epoch_us(duty.due_at) >= span.start_us and epoch_us(duty.due_at) < span.end_us
    cross join feeds
    inner join reconciled.incidents as incident on duty.incident_id = incident.incident_id
    where duty.status <> 'not_needed'
),

dimensions as (
    select
        subject.period,
        subject.metric_id,
        subject.hits,
        subject.n,
        subject.missing,
        unnest([
            struct_pack(dimension := 'all', selected := ''),
            struct_pack(dimension := 'service', selected := subject.service_id),
            struct_pack(dimension := 'provider', selected := coalesce(subject.provider_id, service.provider_id)),
            struct_pack(dimension := 'team', selected := coalesce(subject.team, service.team)),
            struct_pack(dimension := 'severity', selected := subject.severity)
        ]) as dimension
    from subjects as subject
    left join measured.service_dimensions as service on subject.period = service.period and subject.service_id = service.service_id
),

selected as (
    select
        filters.period,
        filters.filter,
        dimensions.metric_id,
        sum(dimensions.n)::bigint as n,
        sum(dimensions.hits)::bigint as hits,
        sum(dimensions.missing)::bigint as missing
    from dimensions
    inner join measured.metric_filters as filters
        on
            dimensions.period = filters.period
            and dimensions.dimension.dimension = filters.dimension
            and dimensions.dimension.selected = coalesce(filters.selected, '')
    group by filters.period, filters.filter, dimensions.metric_id
),

deployed as (
    select
        period,
        filter,
        count(distinct change_key) as n,
        count(distinct change_key) filter (where is_failed) as hits
    from (
        select
            period,
            '{}' as filter,
            change_key,
            is_failed
        from measured.deployments
        union all
        select
            deployment.period,
            link.filter,
            deployment.change_key,
            deployment.is_failed
        from measured.deployments as deployment
        inner join measured.service_filters as link on deployment.period = link.period and deployment.service_id = link.service_id
        where link.filter <> '{}'
    ) as placed
    group by period, filter
),

metrics as (
    select metric_id
    from unnest([
        'sla_attainment', 'response_attainment', 'restore_attainment', 'resolve_attainment', 'escalation_on_time', 'review_on_time',
        'runbook_on_time', 'action_on_time', 'action_closed'
    ]) as names (metric_id)
)

select
    filters.period,
    filters.filter,
    metrics.metric_id,
    coalesce(selected.n, 0) as n,
    coalesce(selected.hits, 0) as hits,
    coalesce(selected.missing, 0) as missing
from measured.metric_filters as filters
cross join metrics
left join selected on filters.period = selected.period and filters.filter = selected.filter and metrics.metric_id = selected.metric_id
where filters.dimension <> 'severity' or metrics.metric_id <> 'sla_attainment'
union all
select
    filters.period,
    filters.filter,
    'change_failure_rate' as metric_id,
    coalesce(deployed.n, 0) as n,
    coalesce(deployed.hits, 0) as hits,
    0 as missing
from measured.metric_filters as filters
left join deployed on filters.period = deployed.period and filters.filter = deployed.filter
where filters.dimension <> 'severity'
