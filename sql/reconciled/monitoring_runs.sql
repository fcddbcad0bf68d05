-- builds  reconciled.monitoring_runs (working table): one row per rule, component and unbroken span of one state and affected fraction
-- reads   monitoring samples, monitoring rules, names of the catalogue
-- rule    2.2: samples are spans of equal state and should not overlap; where they do, those of one state are one run, and runs of unlike
--         states overlap. `is_independent`: not the provider's own feed, as far as the register says (4.2 occurred). The fraction matters for
--         impaired time only
with samples as (
    select
        source_system,
        rule_id,
        component_raw,
        state,
        if(state in ('down', 'degraded'), affected_fraction, null) as affected_fraction,
        epoch_us(start_at) as start_us,
        epoch_us(end_at) as end_us,
        epoch_us(extracted_at) as extracted_us
    from staged.monitoring_sample
    where start_at < end_at
),

marked as (
    select
        samples.*,
        coalesce(start_us > max(end_us) over earlier, true)::bigint as begins_run
    from samples
    window earlier as (
        partition by source_system, rule_id, component_raw, state, affected_fraction
        order by start_us, end_us
        rows between unbounded preceding and 1 preceding
    )
),

numbered as (
    select
        marked.*,
        sum(begins_run) over (
            partition by source_system, rule_id, component_raw, state, affected_fraction
            order by start_us, end_us
            rows unbounded preceding
        ) as run_no
    from marked
),

runs as (
    select
        source_system,
        rule_id,
        component_raw,
        state,
        affected_fraction,
        min(start_us) as start_us,
        max(end_us) as end_us,
        max(extracted_us) as extracted_us
    from numbered
    group by source_system, rule_id, component_raw, state, affected_fraction, run_no
),

rules as (
    select
        rule_id,
        bool_and(independent_of_provider) as is_independent
    from staged.monitoring_rule
    group by rule_id
)

select
    runs.source_system,
    runs.rule_id,
    runs.component_raw,
    coalesce(if(names.start_us < runs.end_us, names.component_id, null), '?' || runs.component_raw) as component_key,
    runs.state,
    runs.affected_fraction,
    runs.start_us,
    runs.end_us,
    runs.extracted_us,
    coalesce(rules.is_independent, true) as is_independent
from runs
asof left join reconciled.name_spans as names on runs.component_raw = names.name and runs.start_us < names.end_us
left join rules on runs.rule_id = rules.rule_id
