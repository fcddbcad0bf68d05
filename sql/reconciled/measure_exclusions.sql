-- builds  reconciled.measure_exclusions (working table): one row per tested exclusion that stands for one measure alone
-- reads   pieces of exclusions
-- rule    3.3, exclusions of a measure: judged by its own terms
select
    exclusion_id,
    measure_id
from reconciled.exclusion_pieces
where measure_id is not null
