-- builds  staged.unresolved_references (working table): one row per source system and entity: rows of the period, and those with a name
--         that leads nowhere
-- reads   tickets, alerts, monitoring samples and rules, vendor records, invoice lines; the catalogue, rules, providers
-- rule    DQ-11: a ticket names a service or a component of the catalogue; what others name of component, service, rule and provider exists
with providers as (
    select provider_id as name
    from staged.service_catalogue
    union
    select provider_id as name
    from run.contract_versions
),

mentions as (
    select
        source_system,
        entity,
        count(*) as rows_n,
        list_filter([service_raw, component_raw], lambda name: name is not null) as any_of,
        null::varchar as rule_id,
        null::varchar as provider_id
    from staged.ticket
    cross join run.context as context
    where opened_at >= context.period_start_at and opened_at < context.period_end_at
    group by source_system, entity, service_raw, component_raw
    union all
    select
        source_system,
        entity,
        count(*) as rows_n,
        list_filter([component_raw], lambda name: name is not null) as any_of,
        rule_id,
        null as provider_id
    from staged.alert
    cross join run.context as context
    where fired_at >= context.period_start_at and fired_at < context.period_end_at
    group by source_system, entity, component_raw, rule_id
    union all
    select
        source_system,
        entity,
        count(*) as rows_n,
        list_filter([component_raw], lambda name: name is not null) as any_of,
        rule_id,
        null as provider_id
    from staged.monitoring_sample
    cross join run.context as context
    where end_at > context.period_start_at and start_at < context.period_end_at
    group by source_system, entity, component_raw, rule_id
    union all
    select
        source_system,
        entity,
        count(*) as rows_n,
        [component_id] as any_of,
        null as rule_id,
        null as provider_id
    from staged.monitoring_rule
    cross join run.context as context
    where active_from < context.period_end_at and (active_to is null or active_to > context.period_start_at)
    group by source_system, entity, component_id
    union all
    select
        source_system,
        entity,
        count(*) as rows_n,
        list_filter([component_raw], lambda name: name is not null) as any_of,
        null as rule_id,
        provider_id
    from staged.vendor_record
    cross join run.context as context
    where started_at >= context.period_start_at and started_at < context.period_end_at
    group by source_system, entity, component_raw, provider_id
    union all
    select
        source_system,
        entity,
        count(*) as rows_n,
        [service_id] as any_of,
        null as rule_id,
        null as provider_id
    from staged.invoice_line as line
    cross join run.context as context
    where line.period = context.period and service_id is not null
    group by source_system, entity, service_id
),

catalogue as (
    select list(distinct name) as names
    from staged.service_names
),

watching as (
    select list(distinct rule_id) as names
    from staged.monitoring_rule
),

owners as (
    select list(distinct name) as names
    from providers
)

select
    mention.source_system,
    mention.entity,
    sum(mention.rows_n)::bigint as checked,
    coalesce(
        sum(mention.rows_n) filter (
            where
            (len(mention.any_of) > 0 and not list_has_any(coalesce(catalogue.names, []), mention.any_of))
            or (mention.rule_id is not null and not list_contains(coalesce(watching.names, []), mention.rule_id))
            or (mention.provider_id is not null and not list_contains(coalesce(owners.names, []), mention.provider_id))
        ), 0
    )::bigint as failed
from mentions as mention
cross join catalogue
cross join watching
cross join owners
group by mention.source_system, mention.entity
