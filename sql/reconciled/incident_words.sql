-- builds  reconciled.incident_words (working table): one row per incident: its fields that are no instants
-- reads   ranked candidates
-- rule    4.2: the best rank, then rank of the record, then the smallest raw id, rule and value: the first of the candidates in field_provenance
with winners as (
    select
        incident_id,
        field,
        value
    from reconciled.word_candidates
    qualify row_number() over (partition by incident_id, field order by place, turn, raw_id, rule_id, value) = 1
)

select
    incident_id,
    max(value) filter (where field = 'ticket_key') as ticket_key,
    max(value) filter (where field = 'title') as title,
    max(value) filter (where field = 'service_id') as service_id,
    max(value) filter (where field = 'severity_initial') as severity_initial,
    max(value) filter (where field = 'severity_max') as severity_max,
    max(value) filter (where field = 'severity_final') as severity_final,
    max(value) filter (where field = 'cause_key') as cause_key,
    max(value) filter (where field = 'responsibility') as responsibility
from winners
group by incident_id
