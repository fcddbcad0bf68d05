-- builds  measured.alert_tuning: one row per rule and way to tune it: what it would have spared and what it would have missed, as tables.yml has it
-- reads   ways to tune, alerts by rule, what each would have suppressed, incidents it would have told later
-- rule    M-08: filled at any n, `publication` says whether a page may print it; n = alerts judged true, false or transient
with later as (
    select
        rule_id,
        option,
        hold_us,
        count(later_us) as incidents_later,
        count(*) - count(later_us) as incidents_missed,
        max(later_us) as longest_later_us
    from measured.tuned_detections
    group by rule_id, option, hold_us
),

hints as (
    select
        tuning.rule_id,
        tuning.option,
        tuning.hold_us,
        tuning.held_us,
        rule.true_positives + rule.false_positives + rule.transients as n,
        coalesce(spared.alerts, 0) as alerts,
        coalesce(spared.false_positives, 0) as false_positives,
        coalesce(spared.transients, 0) as transients,
        coalesce(spared.true_positives, 0) as true_positives,
        coalesce(spared.undispositioned, 0) as undispositioned,
        coalesce(later.incidents_later, 0) as incidents_later,
        coalesce(later.incidents_missed, 0) as incidents_missed,
        later.longest_later_us
    from measured.tuning_options as tuning
    inner join measured.alert_rules as rule on tuning.rule_id = rule.rule_id
    left join measured.tuned_alerts as spared
        on
            tuning.rule_id = spared.rule_id
            and tuning.option = spared.option
            and tuning.hold_us is not distinct from spared.hold_us
    left join later
        on
            tuning.rule_id = later.rule_id
            and tuning.option = later.option
            and tuning.hold_us is not distinct from later.hold_us
)

select
    hints.rule_id,
    if(hints.option = 'hold', 'hold_' || hints.hold_us // 1000000 || '_s', hints.option) as option,
    hints.hold_us,
    hints.held_us,
    hints.n,
    hints.alerts,
    hints.false_positives,
    hints.transients,
    hints.true_positives,
    hints.undispositioned,
    hints.incidents_later,
    hints.incidents_missed,
    hints.longest_later_us,
    case
        when hints.n = 0 then 'none'
        when hints.n < policy.list_only_below then 'list_only'
        when hints.n < policy.flagged_below then 'median_range_flagged'
        else 'mean_median_interval'
    end as publication
from hints
cross join run.policy as policy
