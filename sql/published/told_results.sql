-- builds  published.told_results (working table): one row per result that gets a block of its own: missed, or owed for
-- reads   breaches of results, and the results that headline credits cite
-- rule    a measure may be met and credited where the text says so (3.8): the block shows why either way
select sla_result_id as result_id
from measured.breaches
where subject_kind = 'sla_result' and is_headline
union
select unnest(sla_result_ids) as result_id
from measured.credits
where variant = 'headline' and reading = 'default' and (computed > 0 or computed is null)
