-- builds  published.overruled (working table): one row per bound and candidate that did not win, with the instant it states
-- reads   candidates of provenance in rank order; `place` counts them from 0, the winner
-- rule    4.2: every field keeps those that lost
with bounds as (
    select distinct
        incident_id,
        field,
        candidates::json as candidates
    from published.bounds
    where candidates is not null
),

places as (
    select
        incident_id,
        field,
        candidates,
        unnest(range(1, json_array_length(candidates)::bigint)) as place
    from bounds
)

select
    incident_id,
    field,
    place,
    json_extract_string(candidates, '$[' || place || '].raw_id') as raw_id,
    json_extract_string(candidates, '$[' || place || '].rule_id') as rule_id,
    try_cast(json_extract_string(candidates, '$[' || place || '].value') as timestamptz) as value_at
from places
