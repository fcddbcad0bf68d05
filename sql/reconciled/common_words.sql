-- builds  reconciled.common_words (working table): one row per word that so many titles have that sharing it says nothing
-- reads   claims
-- rule    4.1 step 6: a word of at least chance.common_words.share of the records, and of chance.common_words.least of them
with records as (
    select count(*) as total
    from reconciled.claims
    where len(words) > 0
)

select said.word
from (select unnest(words) as word from reconciled.claims) as said
cross join records
cross join run.policy as policy
group by said.word
having count(*) >= max(policy.common_words_least) and count(*) >= max(policy.common_words_share) * max(records.total)
