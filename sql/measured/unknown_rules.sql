-- builds  measured.unknown_rules (working table): one row per contract version with a window in the period, measure and monitoring rule that it
--         names in measured_by and that no record knows
-- reads   measures, windows, monitoring rules, states that rules delivered
-- rule    R-GR8: a measure of rules that do not exist would silently never see an outage
with named as (
    select distinct
        measure.contract_version_id,
        measure.measure_id,
        unnest(measure.measured_by) as rule_id
    from run.measures as measure
    semi join run.windows as span
        on measure.contract_version_id = span.contract_version_id and measure.measure_id = span.measure_id
)

select
    named.contract_version_id,
    named.measure_id,
    named.rule_id
from named
anti join staged.monitoring_rule as rule on named.rule_id = rule.rule_id
anti join reconciled.rule_states as state on named.rule_id = state.rule_id
