-- builds  published.overruled (working table): one row per bound and word that did not win, with the instant it states. A change and the
--         snapshot that repeats it are one word; of a ticket's ends only the best is one: its closing is no end of an outage
-- reads   candidates of provenance in rank order; `place` counts them from 0, the winner
-- rule    4.2: every field keeps those that lost, all in field_provenance
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
),

stated as (
    select
        incident_id,
        field,
        place,
        json_extract_string(candidates, '$[' || place || '].raw_id') as raw_id,
        json_extract_string(candidates, '$[' || place || '].rule_id') as rule_id,
        try_cast(json_extract_string(candidates, '$[' || place || '].value') as timestamptz) as value_at,
        json_extract_string(candidates, '$[0].rule_id') as winner_rule_id
    from places
),

ranked as (
    select
        stated.*,
        list_position(['ticket_restored', 'ticket_resolved'], rule_id) as ticket_end,
        min(list_position(['ticket_restored', 'ticket_resolved'], rule_id)) over (partition by incident_id, field) as best_ticket_end,
        list_position(['ticket_restored', 'ticket_resolved'], winner_rule_id) as won_ticket_end
    from stated
    where rule_id <> 'ticket_closed' or winner_rule_id = 'ticket_closed'
)

select
    incident_id,
    field,
    min(place) as place,
    min_by(raw_id, place) as raw_id,
    rule_id,
    value_at
from ranked
where ticket_end is null or ticket_end <= coalesce(won_ticket_end, best_ticket_end)
group by incident_id, field, rule_id, value_at
