-- builds  published.noisy_rules (working table): one row per rule of the period, the twelve that made most noise
-- reads   alerts by rule, the policy
-- rule    M-06, M-08: most alerts without impact first, then most flapping; a rate of few judged alerts is not printed, or flagged
select
    rule.*,
    rule.false_positives + rule.transients as without_impact,
    rule.alerts - rule.undispositioned as judged,
    rule.alerts - rule.undispositioned >= policy.list_only_below as is_rate_printed,
    rule.alerts - rule.undispositioned < policy.flagged_below as is_few,
    count(*) over () as rules
from measured.alert_rules as rule
cross join run.policy as policy
qualify
    row_number() over (
        order by rule.false_positives + rule.transients desc, rule.flapping_alerts desc, rule.alerts desc, rule.rule_id
    ) <= 12
