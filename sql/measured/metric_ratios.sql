-- builds  measured.metric_ratios (working table): one row per window, metric that is a count, a share or time over something, and filter: exact
-- reads   availability, coverage, verdicts on alerts, shares of subjects, deployments by filter, incidents, recurrence, chronic patterns, filters
-- rule    M-02 availability, downtime, outages; M-03 recurrence, M-04; M-05 uptime per failure, and the mean time between starts apart
--         (E89); M-06 false positives of alerts, and who noticed first; M-07 confirmed and candidate links to changes, of incidents that a
--         change feed tells of; M-09 rates (E95); M-14 coverage. num / den is minutes, a share, a rate or a count; there is no value where den
--         is 0. `missing_n`: alerts nobody judged, incidents of which nobody says who noticed them, no feed tells, or that have no severity.
--         The standardised rate is that of an estate with the organisation's mix of severities which comes nearest (least squares) to the
--         rates of the four severities: equal to the plain rate where the mix is the organisation's
with occurred as (
    select
        link.period,
        link.filter,
        count(*) as all_incidents,
        count(*) filter (where not list_contains(incident.excluded_from, 'incidents')) as incidents,
        count(*) filter (where not list_contains(incident.excluded_from, 'incidents_per_1000_service_hours')) as of_hours,
        count(*) filter (where not list_contains(incident.excluded_from, 'incidents_per_100_deployments')) as of_deployments,
        count(incident.cause_key) as with_cause,
        count(*) filter (where recurrence.is_recurrent) as recurrent,
        count(incident.cause_key) filter (where not list_contains(incident.excluded_from, 'recurrence_rate')) as kept_with_cause,
        count(*) filter (where recurrence.is_recurrent and not list_contains(incident.excluded_from, 'recurrence_rate')) as kept_recurrent,
        count(incident.first_detected_by) as with_detection,
        count(*) filter (where incident.first_detected_by in ('user', 'provider')) as missed,
        count(*) filter (where incident.is_change_tested or incident.change_related = 'confirmed') as change_known,
        count(*) filter (where incident.change_related = 'confirmed') as confirmed,
        count(*) filter (where incident.change_related = 'candidate' and incident.is_change_tested) as candidate
    from measured.metric_incidents as incident
    inner join measured.incident_filters as link on incident.period = link.period and incident.incident_id = link.incident_id
    left join measured.recurrence as recurrence on incident.incident_id = recurrence.incident_id
    where incident.is_occurred
    group by link.period, link.filter
),

mixes as (
    select
        link.period,
        link.filter,
        incident.severity_max as severity,
        count(*) as all_n,
        count(*) filter (where not list_contains(incident.excluded_from, 'severity_standardised_rate')) as n
    from measured.metric_incidents as incident
    inner join measured.incident_filters as link on incident.period = link.period and incident.incident_id = link.incident_id
    where incident.is_occurred and incident.severity_max is not null
    group by link.period, link.filter, incident.severity_max
),

organisation as (
    select
        period,
        sum(n)::bigint as n,
        sum(n::hugeint * n)::hugeint as squares
    from mixes
    where filter = '{}'
    group by period
),

standardised as (
    select
        mixes.period,
        mixes.filter,
        sum(mixes.n)::bigint as n,
        sum(mixes.all_n - mixes.n)::bigint as excluded,
        sum(mixes.n::hugeint * whole.n)::hugeint * min(organisation.n) as weighted,
        sum(mixes.all_n::hugeint * whole.n)::hugeint * min(organisation.n) as all_weighted,
        min(organisation.squares) as squares
    from mixes
    inner join mixes as whole on mixes.period = whole.period and whole.filter = '{}' and mixes.severity = whole.severity
    inner join organisation on mixes.period = organisation.period
    group by mixes.period, mixes.filter
),

chronic as (
    select
        link.period,
        link.filter,
        count(distinct struct_pack(service_id := pattern.service_id, cause_key := pattern.cause_key)) as patterns
    from measured.chronic_patterns as pattern
    inner join measured.metric_incidents as incident
        on incident.is_occurred and list_contains(pattern.incident_ids, incident.incident_id)
    inner join measured.incident_filters as link on incident.period = link.period and incident.incident_id = link.incident_id
    group by link.period, link.filter
),

-- a severity selects incidents of all services and deployments
exposures as (
    select
        filters.period,
        filters.filter,
        filters.dimension,
        coalesce(time.active_us, 0) as active_us,
        coalesce(time.components, 0) as components,
        coalesce(deployed.n, 0) as deployments
    from measured.metric_filters as filters
    left join measured.service_availability as time
        on filters.period = time.period and time.filter = if(filters.dimension = 'severity', '{}', filters.filter)
    left join measured.shares as deployed
        on
            filters.period = deployed.period
            and deployed.filter = if(filters.dimension = 'severity', '{}', filters.filter)
            and deployed.metric_id = 'change_failure_rate'
),

ratios as (
    select
        exposure.period,
        exposure.filter,
        unnest([
            struct_pack(
                metric_id := 'incidents', unit := 'count', n := occurred.incidents, num := occurred.incidents::hugeint, den := 1::hugeint,
                all_num := occurred.all_incidents::hugeint, all_den := 1::hugeint, excluded := occurred.all_incidents - occurred.incidents,
                missing := 0, exposure := exposure.components * 1000000,
                exposure_unit := 'components'
            ),
            struct_pack(
                metric_id := 'incidents_per_1000_service_hours', unit := 'per_1000_service_hours', n := occurred.of_hours,
                num := occurred.of_hours::hugeint * 3600000000000, den := exposure.active_us::hugeint,
                all_num := occurred.all_incidents::hugeint * 3600000000000, all_den := exposure.active_us::hugeint,
                excluded := occurred.all_incidents - occurred.of_hours, missing := 0,
                exposure := exposure.active_us // 3600, exposure_unit := 'service_hours'
            ),
            struct_pack(
                metric_id := 'incidents_per_100_deployments', unit := 'per_100_deployments', n := occurred.of_deployments,
                num := occurred.of_deployments::hugeint * 100, den := exposure.deployments::hugeint,
                all_num := occurred.all_incidents::hugeint * 100, all_den := exposure.deployments::hugeint,
                excluded := occurred.all_incidents - occurred.of_deployments, missing := 0,
                exposure := exposure.deployments * 1000000, exposure_unit := 'deployments'
            ),
            struct_pack(
                metric_id := 'cause_key_coverage', unit := 'share', n := occurred.all_incidents, num := occurred.with_cause::hugeint,
                den := occurred.all_incidents::hugeint, all_num := null, all_den := null, excluded := 0, missing := 0, exposure := null,
                exposure_unit := null
            ),
            struct_pack(
                metric_id := 'recurrence_rate', unit := 'share', n := occurred.kept_with_cause, num := occurred.kept_recurrent::hugeint,
                den := occurred.kept_with_cause::hugeint, all_num := occurred.recurrent::hugeint, all_den := occurred.with_cause::hugeint,
                excluded := occurred.with_cause - occurred.kept_with_cause, missing := occurred.all_incidents - occurred.with_cause,
                exposure := null, exposure_unit := null
            ),
            struct_pack(
                metric_id := 'missed_detection_share', unit := 'share', n := occurred.with_detection, num := occurred.missed::hugeint,
                den := occurred.with_detection::hugeint, all_num := null, all_den := null,
                excluded := 0, missing := occurred.all_incidents - occurred.with_detection, exposure := null, exposure_unit := null
            ),
            struct_pack(
                metric_id := 'change_confirmed_share', unit := 'share', n := occurred.change_known, num := occurred.confirmed::hugeint,
                den := occurred.change_known::hugeint, all_num := null, all_den := null,
                excluded := 0, missing := occurred.all_incidents - occurred.change_known, exposure := null, exposure_unit := null
            ),
            struct_pack(
                metric_id := 'change_candidate_share', unit := 'share', n := occurred.change_known, num := occurred.candidate::hugeint,
                den := occurred.change_known::hugeint, all_num := null, all_den := null,
                excluded := 0, missing := occurred.all_incidents - occurred.change_known, exposure := null, exposure_unit := null
            ),
            struct_pack(
                metric_id := 'chronic_patterns', unit := 'count', n := chronic.patterns, num := chronic.patterns::hugeint, den := 1::hugeint,
                all_num := null, all_den := null, excluded := 0, missing := 0, exposure := null, exposure_unit := null
            )
        ]) as metric
    from exposures as exposure
    left join occurred on exposure.period = occurred.period and exposure.filter = occurred.filter
    left join chronic on exposure.period = chronic.period and exposure.filter = chronic.filter
    union all
    select
        exposure.period,
        exposure.filter,
        struct_pack(
            metric_id := 'severity_standardised_rate',
            unit := 'per_1000_service_hours',
            n := standardised.n,
            num := standardised.weighted * 3600000000000,
            den := coalesce(standardised.squares * exposure.active_us, exposure.active_us),
            all_num := standardised.all_weighted * 3600000000000,
            all_den := standardised.squares * exposure.active_us,
            excluded := standardised.excluded,
            missing := coalesce(occurred.all_incidents, 0) - coalesce(standardised.n + standardised.excluded, 0),
            exposure := exposure.active_us // 3600,
            exposure_unit := 'service_hours'
        ) as metric
    from exposures as exposure
    left join occurred on exposure.period = occurred.period and exposure.filter = occurred.filter
    left join standardised on exposure.period = standardised.period and exposure.filter = standardised.filter
    where exposure.dimension <> 'severity'
    union all
    select
        period,
        filter,
        unnest([
            struct_pack(
                metric_id := 'availability', unit := 'share', n := services, num := (active_us - down_us)::hugeint, den := active_us::hugeint,
                all_num := null, all_den := null, excluded := 0, missing := 0, exposure := null, exposure_unit := null
            ),
            struct_pack(
                metric_id := 'downtime', unit := 'min', n := outages, num := down_us::hugeint, den := 60000000::hugeint, all_num := null,
                all_den := null, excluded := 0, missing := 0, exposure := null, exposure_unit := null
            ),
            struct_pack(
                metric_id := 'outages', unit := 'count', n := outages, num := outages::hugeint, den := 1::hugeint, all_num := null,
                all_den := null, excluded := 0, missing := 0, exposure := active_us // 3600, exposure_unit := 'service_hours'
            ),
            struct_pack(
                metric_id := 'mtbf', unit := 'min', n := outages, num := (active_us - down_us)::hugeint, den := outages::hugeint * 60000000,
                all_num := null, all_den := null, excluded := 0, missing := 0, exposure := null, exposure_unit := null
            ),
            struct_pack(
                metric_id := 'mean_time_between_starts', unit := 'min', n := gaps, num := between_starts_us::hugeint,
                den := gaps::hugeint * 60000000, all_num := null, all_den := null, excluded := 0, missing := 0, exposure := null,
                exposure_unit := null
            )
        ]) as metric
    from measured.service_availability
    union all
    select
        period,
        filter,
        unnest([
            struct_pack(
                metric_id := 'monitoring_coverage', unit := 'share', n := components, num := covered::hugeint, den := components::hugeint,
                all_num := null, all_den := null, excluded := 0, missing := 0, exposure := null, exposure_unit := null
            ),
            struct_pack(
                metric_id := 'unmeasured_share', unit := 'share', n := watched, num := unmeasured_us::hugeint, den := watched_us::hugeint,
                all_num := null, all_den := null, excluded := 0, missing := 0, exposure := null, exposure_unit := null
            )
        ]) as metric
    from measured.monitoring_coverage
    union all
    select
        period,
        filter,
        unnest([
            struct_pack(
                metric_id := 'false_positive_rate', unit := 'share', n := dispositioned, num := without_impact::hugeint,
                den := dispositioned::hugeint, all_num := null, all_den := null, excluded := 0, missing := alerts - dispositioned, exposure := null,
                exposure_unit := null
            ),
            struct_pack(
                metric_id := 'disposition_coverage', unit := 'share', n := alerts, num := dispositioned::hugeint, den := alerts::hugeint,
                all_num := null, all_den := null, excluded := 0, missing := 0, exposure := null, exposure_unit := null
            )
        ]) as metric
    from measured.alert_verdicts
    union all
    select
        period,
        filter,
        struct_pack(
            metric_id := metric_id, unit := 'share', n := n, num := hits::hugeint, den := n::hugeint, all_num := null, all_den := null,
            excluded := 0, missing := missing, exposure := null, exposure_unit := null
        ) as metric
    from measured.shares
)

select
    period,
    metric.metric_id,
    filter,
    metric.unit,
    coalesce(metric.n, 0) as n,
    coalesce(metric.missing, 0) as missing_n,
    coalesce(metric.excluded, 0) as excluded_n,
    coalesce(metric.num, 0)::decimal(38, 0) as num,
    coalesce(metric.den, 0)::decimal(38, 0) as den,
    coalesce(metric.all_num, metric.num, 0)::decimal(38, 0) as all_num,
    coalesce(metric.all_den, metric.den, 0)::decimal(38, 0) as all_den,
    metric.exposure,
    metric.exposure_unit,
    metric.metric_id in (
        'cause_key_coverage', 'recurrence_rate', 'monitoring_coverage', 'missed_detection_share', 'change_confirmed_share',
        'change_candidate_share', 'change_failure_rate', 'sla_attainment', 'response_attainment', 'restore_attainment',
        'resolve_attainment', 'escalation_on_time', 'review_on_time', 'runbook_on_time', 'action_on_time', 'action_closed'
    ) as is_proportion,
    metric.metric_id in ('incidents', 'incidents_per_1000_service_hours', 'incidents_per_100_deployments', 'outages') as is_count
from ratios
