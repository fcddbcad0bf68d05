-- builds  reconciled.pair_verdicts (working table): one row per candidate pair, with what its score and chance say
-- reads   ranked pairs
-- rule    4.1 step 6. Of two tickets or vendor records chance has a say (reports/handbook/matching.md): what is for review by its score matches
--         where chance does not explain it, what matches by its score is for review where chance does. Components that are neither on one
--         path nor share anything below are no mutual best, however good the rest is
with scored as (
    select
        pair.*,
        match_verdict(
            pair.score, pair.is_mutual_best and pair.component > policy.relation_none, pair.lead,
            policy.auto_at_least, policy.mutual_best_at_least, policy.mutual_best_lead, policy.review_at_least
        ) as by_score,
        coalesce(pair.by_chance < if(pair.is_likeliest, policy.best_below, policy.any_below), false) as is_no_chance,
        coalesce(pair.by_chance >= policy.explained_from, false) as is_explained
    from reconciled.ranked_pairs as pair
    cross join run.policy as policy
)

select
    scored.*,
    case
        when scored.by_score = 'review' and scored.is_no_chance then 'match'
        when scored.by_score = 'match' and scored.is_explained then 'review'
        else scored.by_score
    end as decision,
    case
        when scored.by_score = 'review' then 'RC-M1 against chance'
        when scored.score >= policy.auto_at_least then 'RC-M1 score'
        else 'RC-M1 mutual best'
    end as rule
from scored
cross join run.policy as policy
