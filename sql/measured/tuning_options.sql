-- builds  measured.tuning_options (working table): one row per rule with alerts in the period and way to tune it, with the time it would add
-- reads   alerts by rule, definitions of rules, hold times to try
-- rule    B6.4: a longer hold time than the rule has by its latest definition (none known: it fires at once), or a second rule that must fire too
with holds as (
    select
        rule.rule_id,
        max_by(rule.duration_s, (rule.active_from, rule.raw_id)) * 1000000 as held_us
    from staged.monitoring_rule as rule
    cross join run.context as context
    where rule.active_from < context.period_end_at
    group by rule.rule_id
),

tried as (
    select unnest(tried_holds_us) as hold_us
    from run.policy
)

select
    rule.rule_id,
    'hold' as option,
    tried.hold_us,
    holds.held_us,
    tried.hold_us - coalesce(holds.held_us, 0) as added_us
from measured.alert_rules as rule
left join holds on rule.rule_id = holds.rule_id
cross join tried
where tried.hold_us > coalesce(holds.held_us, 0)
union all
select
    rule.rule_id,
    'second_rule' as option,
    null as hold_us,
    holds.held_us,
    null as added_us
from measured.alert_rules as rule
left join holds on rule.rule_id = holds.rule_id
