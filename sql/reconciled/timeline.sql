-- builds  reconciled.timeline (working table): one row per incident: its instants besides occurred and restored
-- reads   ranked candidates
-- rule    4.2: the best rank, then the earliest, then the smallest raw id, then the rule: the first of the candidates in field_provenance
with winners as (
    select
        incident_id,
        field,
        at_us,
        raw_id,
        rule_id
    from reconciled.timeline_candidates
    where place < 90
    qualify row_number() over (partition by incident_id, field order by place, turn, at_us, raw_id, rule_id) = 1
)

select
    incident_id,
    max(at_us) filter (where field = 'detected_at') as detected_us,
    max(rule_id) filter (where field = 'detected_at') as detected_rule_id,
    max(raw_id) filter (where field = 'detected_at') as detected_raw_id,
    max(at_us) filter (where field = 'provider_detected_at') as provider_detected_us,
    max(at_us) filter (where field = 'reported_to_provider_at') as reported_to_provider_us,
    max(at_us) filter (where field = 'declared_at') as declared_us,
    max(at_us) filter (where field = 'acknowledged_at') as acknowledged_us,
    max(at_us) filter (where field = 'mitigated_at') as mitigated_us,
    max(at_us) filter (where field = 'resolved_at') as resolved_us,
    max(at_us) filter (where field = 'closed_at') as closed_us
from winners
group by incident_id
