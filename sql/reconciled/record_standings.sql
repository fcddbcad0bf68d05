-- builds  reconciled.record_standings (working table): one row per ticket or vendor record: how much happens about then, and what it says that others
--         do not
-- reads   records, claims, common words
-- rule    4.1 step 6: what chance brings near depends on how much happens on the service: `others` are its records that begin within
--         chance.window_s before or after, without itself and the one it is compared with, one at least. `words` that everybody uses tell
--         nothing
with telling as (
    select
        said.record_no,
        list(said.word order by said.word) as words
    from (select record_no, unnest(words) as word from reconciled.records) as said
    anti join reconciled.common_words as common on said.word = common.word
    group by said.record_no
)

select
    record.record_no,
    greatest(
        count(*) over (
            partition by claim.service_id
            order by claim.start_us
            range between policy.chance_window_us preceding and policy.chance_window_us following
        ) - 2,
        1
    ) as others,
    coalesce(telling.words, []) as words,
    claim.end_us
from reconciled.claims as claim
inner join reconciled.records as record on claim.raw_id = record.raw_id and record.entity <> 'episode'
left join telling on record.record_no = telling.record_no
cross join run.policy as policy
