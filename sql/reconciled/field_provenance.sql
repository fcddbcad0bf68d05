-- builds  reconciled.field_provenance: one row per incident and field of table incidents that has a source, as tables.yml has it
-- reads   ranked candidates of bounds, timeline and words, incidents, timeline
-- rule    4.2: every field keeps all candidates, in rank order; the first that stands wins (place below 90). A field that follows from several
--         records has no winner
with candidates as (
    select
        incident_id,
        field,
        place,
        turn,
        if(field = 'restored_at', -at_us, at_us) as order_us,
        instant_text(moment(at_us)) as value,
        raw_id,
        rule_id
    from reconciled.bound_candidates
    union all
    select
        incident_id,
        field,
        place,
        turn,
        at_us as order_us,
        instant_text(moment(at_us)) as value,
        raw_id,
        rule_id
    from reconciled.timeline_candidates
    union all
    select
        incident_id,
        field,
        place,
        turn,
        0 as order_us,
        value,
        raw_id,
        rule_id
    from reconciled.word_candidates
),

winners as (
    select
        incident_id,
        field,
        count(*) as candidates,
        min((place, turn, order_us, raw_id, rule_id, value)) as best
    from candidates
    group by incident_id, field
),

-- most fields have one candidate; only the others are sorted
lists as (
    select
        candidates.incident_id,
        candidates.field,
        '[' || string_agg(
            json_object('raw_id', candidates.raw_id, 'rule_id', candidates.rule_id, 'value', candidates.value)::varchar,
            ','
            order by
                candidates.place, candidates.turn, candidates.order_us, candidates.raw_id, candidates.rule_id, candidates.value
        ) || ']' as ranked
    from candidates
    semi join winners
        on candidates.incident_id = winners.incident_id and candidates.field = winners.field and winners.candidates > 1
    group by candidates.incident_id, candidates.field
)

select
    winners.incident_id,
    winners.field,
    if(winners.best[1] < 90, winners.best[6], null) as value,
    if(winners.best[1] < 90, winners.best[4], null) as winner_raw_id,
    winners.best[5] as rule_id,
    lists.ranked::json as candidates
from winners
left join lists on winners.incident_id = lists.incident_id and winners.field = lists.field
union all
select
    incident_id,
    'component_ids' as field,
    to_json(component_ids)::varchar as value,
    null as winner_raw_id,
    'catalogue_mapping' as rule_id,
    null::json as candidates
from reconciled.incidents
where len(component_ids) > 0
union all
select
    incident_id,
    'provider_id' as field,
    provider_id as value,
    null as winner_raw_id,
    if(contract_version_id is null, 'catalogue', 'contract_in_force') as rule_id,
    null::json as candidates
from reconciled.incidents
where provider_id is not null
union all
select
    incident_id,
    'contract_version_id' as field,
    contract_version_id as value,
    null as winner_raw_id,
    'contract_in_force' as rule_id,
    null::json as candidates
from reconciled.incidents
where contract_version_id is not null
union all
select
    incident_id,
    'down_us' as field,
    down_us::varchar as value,
    null as winner_raw_id,
    'RC-P1' as rule_id,
    null::json as candidates
from reconciled.incidents
where outage_basis <> 'none'
union all
select
    incident.incident_id,
    'first_detected_by' as field,
    incident.first_detected_by as value,
    timeline.detected_raw_id as winner_raw_id,
    coalesce(timeline.detected_rule_id, 'vendor_record') as rule_id,
    null::json as candidates
from reconciled.incidents as incident
left join reconciled.timeline as timeline on incident.incident_id = timeline.incident_id
where incident.first_detected_by is not null
