-- builds  staged.unresolved_references (working table): one row per source system and entity: rows of the period, and those with a name
--         that leads nowhere
-- reads   tickets, alerts, monitoring samples and rules, vendor records, invoice lines; the catalogue, rules, providers
-- rule    DQ-11: a ticket names a service or a component of the catalogue; what others name of component, service, rule and provider exists
with mentions as (
    select
        source_system,
        entity,
        [service_raw, component_raw] as any_of,
        null::varchar as rule_id,
        null::varchar as provider_id
    from staged.ticket
    cross join run.context as context
    where opened_at >= context.period_start_at and opened_at < context.period_end_at
    union all
    select
        source_system,
        entity,
        [component_raw] as any_of,
        rule_id,
        null as provider_id
    from staged.alert
    cross join run.context as context
    where fired_at >= context.period_start_at and fired_at < context.period_end_at
    union all
    select
        source_system,
        entity,
        [component_raw] as any_of,
        rule_id,
        null as provider_id
    from staged.monitoring_sample
    cross join run.context as context
    where end_at > context.period_start_at and start_at < context.period_end_at
    union all
    select
        source_system,
        entity,
        [component_id] as any_of,
        null as rule_id,
        null as provider_id
    from staged.monitoring_rule
    cross join run.context as context
    where active_from < context.period_end_at and (active_to is null or active_to > context.period_start_at)
    union all
    select
        source_system,
        entity,
        [component_raw] as any_of,
        null as rule_id,
        provider_id
    from staged.vendor_record
    cross join run.context as context
    where started_at >= context.period_start_at and started_at < context.period_end_at
    union all
    select
        source_system,
        entity,
        [service_id] as any_of,
        null as rule_id,
        null as provider_id
    from staged.invoice_line as line
    cross join run.context as context
    where line.period = context.period and service_id is not null
),

counted as (
    select
        source_system,
        entity,
        list_filter(any_of, lambda name: name is not null) as any_of,
        rule_id,
        provider_id,
        count(*) as rows_n
    from mentions
    group by all
),

providers as (
    select provider_id as name
    from staged.service_catalogue
    union
    select provider_id as name
    from run.contract_versions
),

known as (
    select
        (select coalesce(list(distinct name), []) from staged.service_names) as names,
        (select coalesce(list(distinct rule_id), []) from staged.monitoring_rule) as rule_ids,
        (select coalesce(list(name), []) from providers) as provider_ids
)

select
    counted.source_system,
    counted.entity,
    sum(counted.rows_n)::bigint as checked,
    coalesce(
        sum(counted.rows_n) filter (
            where
            (len(counted.any_of) > 0 and not list_has_any(known.names, counted.any_of))
            or (counted.rule_id is not null and not list_contains(known.rule_ids, counted.rule_id))
            or (counted.provider_id is not null and not list_contains(known.provider_ids, counted.provider_id))
        ), 0
    )::bigint as failed
from counted
cross join known
group by counted.source_system, counted.entity
