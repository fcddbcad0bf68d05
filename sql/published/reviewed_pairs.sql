-- builds  published.reviewed_pairs (working table): one row: the pairs of tickets and vendor records that people decided, of every month, and
--         what matching alone had said of them
-- reads   match decisions
-- rule    4.1 step 6: precision and recall are over pairs of tickets and vendor records; a pair that people joined and matching had not even
--         compared counts as missed
with decided as (
    select
        decision = 'match' as is_same,
        features ->> '$.automatic_match' = '1' as is_automatic
    from reconciled.match_decisions
    where decided_by = 'person' and features ->> '$.automatic_match' is not null
)

select
    count(*) as pairs,
    count(*) filter (where is_automatic) as matched,
    count(*) filter (where is_same) as same,
    count(*) filter (where is_automatic and is_same) as matched_same
from decided
