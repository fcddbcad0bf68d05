-- builds  staged.feed_spans (working table): one row per provider and span of time that a file of its feed speaks of
-- reads   the reach of files, vendor records of every version
-- rule    DOMAIN 4.4: coverage as stated, else [earliest row, extracted_at]; a file speaks for every provider whose records its system holds, so
--         that one without a row says that nothing happened
with speakers as (
    select distinct
        source_system,
        provider_id
    from staged.vendor_record_versions
)

select distinct
    speakers.provider_id,
    reach.start_at,
    reach.end_at
from staged.file_reach as reach
inner join speakers on reach.source_system = speakers.source_system
where reach.entity = 'vendor_record' and reach.is_readable and reach.start_at < reach.end_at
