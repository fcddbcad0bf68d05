-- builds  reconciled.records (working table): one row per node of the match graph: a ticket, a vendor record or an episode
-- reads   claims, episodes
-- rule    DOMAIN 4.1. Numbers follow the raw ids, from 0, so that nothing depends on the order of rows
with nodes as (
    select
        raw_id,
        entity,
        source_system,
        provider_id,
        null::bigint as episode_no,
        start_us,
        match_end_us as end_us,
        opening_us,
        first_recorded_from,
        first_raw_id,
        cause,
        words
    from reconciled.claims
    union all
    select
        raw_id,
        'episode' as entity,
        null as source_system,
        null as provider_id,
        episode_no,
        start_us,
        end_us,
        start_us as opening_us,
        first_recorded_from,
        first_raw_id,
        null as cause,
        []::varchar[] as words
    from reconciled.episodes
)

select
    row_number() over (order by raw_id, entity) - 1 as record_no,
    raw_id,
    entity,
    source_system,
    provider_id,
    episode_no,
    start_us,
    end_us,
    opening_us,
    first_recorded_from,
    first_raw_id,
    cause,
    words
from nodes
