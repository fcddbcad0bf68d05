-- builds  staged.unwitnessed_services (working table): one row per period and governed service of which no source could have told an outage
-- reads   the catalogue, coverage of the feeds, monitoring rules, providers of vendor records
-- rule    DQ-08: nothing known is not nothing happened. Witnesses are a ticket or alert feed that covers the period, a vendor's feed for the
--         services of that provider, and monitoring samples for components with an active rule (E120: tickets alone are enough)
with services as (
    select
        period.period,
        period.start_at,
        period.end_at,
        entry.service_id,
        list(distinct entry.provider_id) as providers,
        list(entry.component_id) as components
    from staged.service_catalogue as entry
    inner join run.judged_periods as period
        on entry.valid_from < period.end_at and (entry.valid_to is null or entry.valid_to > period.start_at)
    group by period.period, period.start_at, period.end_at, entry.service_id
    having bool_or(entry.sla_governed)
),

told as (
    select
        period,
        source_system,
        entity
    from staged.feed_coverage
    where not is_failed
),

everyone as (
    select distinct period
    from told
    where entity in ('ticket', 'alert')
),

of_vendors as (
    select distinct
        told.period,
        record.provider_id
    from told
    inner join (select distinct source_system, provider_id from staged.vendor_record) as record
        on told.source_system = record.source_system
    where told.entity = 'vendor_record'
    union
    select
        period,
        source_system as provider_id
    from told
    where entity = 'vendor_record'
),

of_probes as (
    select distinct
        period.period,
        rule.component_id
    from (select distinct period from told where entity = 'monitoring_sample') as told
    inner join run.judged_periods as period on told.period = period.period
    inner join staged.monitoring_rule as rule
        on rule.active_from < period.end_at and (rule.active_to is null or rule.active_to > period.start_at)
)

select
    service.period,
    service.service_id
from services as service
anti join everyone on service.period = everyone.period
anti join of_vendors as vendor on service.period = vendor.period and list_contains(service.providers, vendor.provider_id)
anti join of_probes as probe on service.period = probe.period and list_contains(service.components, probe.component_id)
