-- builds  measured.accuracy_counts (working table): one row per provider with a feed and an incident or record of the period
-- reads   incidents of the period, outage evidence of our own, reports of providers, the run
-- rule    4.3 vendor accuracy. Ours are incidents on the provider's services that a ticket, an alert or monitoring tells of and that are the
--         provider's matter: with an outage, reported to it, or told by it. An incident and a record count in the month in which the incident
--         occurred. ours = matched + missing_in_vendor. Of a provider that never sent a record nobody can tell what it reported
with providers as (
    select distinct provider_id
    from staged.vendor_record
),

witnessed as (
    select distinct incident_id
    from reconciled.incident_members
    where entity in ('ticket', 'alert', 'monitoring_sample')
),

told as (
    select distinct
        provider_id,
        incident_id
    from measured.provider_reports
),

incidents as (
    select
        incident.provider_id,
        count(*) as ours,
        count(told.incident_id) as matched
    from reconciled.incidents as incident
    semi join witnessed on incident.incident_id = witnessed.incident_id
    left join told on incident.provider_id = told.provider_id and incident.incident_id = told.incident_id
    cross join run.context as context
    where
        incident.status <> 'cancelled'
        and incident.occurred_at >= context.period_start_at
        and incident.occurred_at < context.period_end_at
        and (incident.down_us > 0 or incident.reported_to_provider_at is not null or told.incident_id is not null)
    group by incident.provider_id
),

reports as (
    select
        provider_id,
        count(*) as theirs,
        count(*) filter (where not has_ticket) as missing_in_ours,
        count(*) filter (where is_within) as within_tolerance,
        count(*) filter (where not is_within and delta_us < 0) as understated,
        count(*) filter (where not is_within and delta_us > 0) as overstated,
        count(*) filter (where is_in_time) as reports_in_time,
        count(*) filter (where is_complete) as reports_complete,
        list(delta_us order by delta_us) filter (where delta_us is not null) as deltas_us
    from measured.provider_reports
    group by provider_id
)

select
    providers.provider_id,
    context.period,
    coalesce(incidents.ours, 0) as ours,
    coalesce(reports.theirs, 0) as theirs,
    coalesce(incidents.matched, 0) as matched,
    coalesce(incidents.ours - incidents.matched, 0) as missing_in_vendor,
    coalesce(reports.missing_in_ours, 0) as missing_in_ours,
    coalesce(reports.within_tolerance, 0) as within_tolerance,
    coalesce(reports.understated, 0) as understated,
    coalesce(reports.overstated, 0) as overstated,
    coalesce(reports.reports_in_time, 0) as reports_in_time,
    coalesce(reports.reports_complete, 0) as reports_complete,
    coalesce(reports.deltas_us, []::bigint[]) as deltas_us
from providers
left join incidents on providers.provider_id = incidents.provider_id
left join reports on providers.provider_id = reports.provider_id
cross join run.context as context
where incidents.provider_id is not null or reports.provider_id is not null
