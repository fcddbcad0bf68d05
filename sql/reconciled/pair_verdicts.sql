-- builds  reconciled.pair_verdicts (working table): one row per candidate pair, with what its score says
-- reads   ranked pairs
-- rule    4.1 step 6; components that are neither on one path nor share anything below are matched by reference only, however good the rest is
select
    pair.*,
    match_verdict(
        pair.score, pair.is_mutual_best and pair.component > policy.relation_none, pair.lead,
        policy.auto_at_least, policy.mutual_best_at_least, policy.mutual_best_lead, policy.review_at_least
    ) as decision,
    if(pair.score >= policy.auto_at_least, 'RC-M1 score', 'RC-M1 mutual best') as rule
from reconciled.ranked_pairs as pair
cross join run.policy as policy
