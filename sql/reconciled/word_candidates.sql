-- builds  reconciled.word_candidates (working table): one row per incident, field that is no instant and record that says what, ranked
-- reads   overrides, tickets, signals and vendor records of incidents, reviews, problems
-- rule    4.2: cause and responsibility: concluded review, then problem record, then ticket; the vendor's words are only compared. Severity:
--         of the ticket of record; severity_max over all its tickets. The service is the one people named, then the signals', then the
--         vendor's. RC-P2
with tickets as (
    select
        ticket.incident_id,
        ticket.rank_no,
        ticket.is_cancelled,
        ticket.ticket_key,
        ticket.raw_id,
        claim.service_id,
        snapshot.title,
        snapshot.cause_code,
        snapshot.responsibility,
        severity.severity_initial,
        severity.severity_max,
        severity.severity_final
    from reconciled.incident_tickets as ticket
    inner join reconciled.claims as claim on ticket.raw_id = claim.raw_id
    inner join staged.ticket as snapshot on ticket.raw_id = snapshot.raw_id
    left join reconciled.ticket_severities as severity on ticket.raw_id = severity.ticket_raw_id
),

ticket_words as (
    select incident_id, rank_no, raw_id, 'ticket_key' as field, ticket_key as value from tickets
    union all
    select incident_id, rank_no, raw_id, 'title' as field, title as value from tickets
    union all
    select incident_id, rank_no, raw_id, 'service_id' as field, service_id as value from tickets
    union all
    select incident_id, rank_no, raw_id, 'cause_key' as field, cause_code as value from tickets
    union all
    select incident_id, rank_no, raw_id, 'responsibility' as field, responsibility as value from tickets
    union all
    select incident_id, rank_no, raw_id, 'severity_initial' as field, severity_initial as value from tickets
    union all
    select incident_id, rank_no, raw_id, 'severity_final' as field, severity_final as value from tickets
    union all
    select incident_id, ascii(severity_max[2]) as rank_no, raw_id, 'severity_max' as field, severity_max as value
    from tickets
    where not is_cancelled or rank_no = 1
),

signal_components as (
    select incident_id, component_key, start_us, raw_id from reconciled.incident_runs
    union all
    select incident_id, component_key, start_us, raw_id from reconciled.incident_alerts
),

signal_services as (
    select
        signal.incident_id,
        component.service_id,
        min_by(signal.raw_id, (signal.start_us, signal.raw_id)) as raw_id,
        min(signal.start_us) as start_us
    from signal_components as signal
    inner join reconciled.components as component on signal.component_key = component.component_id
    group by signal.incident_id, component.service_id
),

reviews as (
    select
        names.incident_id,
        review.raw_id,
        review.cause_key,
        review.responsibility,
        row_number() over (partition by names.incident_id order by review.concluded_at desc, review.raw_id asc) as turn
    from staged.review as review
    inner join reconciled.incident_names as names on review.incident_ref = names.name
    where review.concluded_at is not null
),

problems as (
    select
        names.incident_id,
        problem.raw_id,
        problem.cause_key,
        problem.responsibility,
        row_number() over (partition by names.incident_id order by problem.opened_at desc, problem.raw_id asc) as turn
    from (select *, unnest(coalesce(incident_refs, [])) as incident_ref from staged.problem) as problem
    inner join reconciled.incident_names as names on problem.incident_ref = names.name
),

words as (
    select incident_id, field, 0 as place, 0 as turn, value, raw_id, 'override' as rule_id
    from reconciled.incident_overrides
    where field in ('title', 'service_id', 'cause_key', 'responsibility', 'severity_initial', 'severity_max', 'severity_final')
    union all
    select incident_id, 'cause_key' as field, 10 as place, turn, cause_key as value, raw_id, 'concluded_review' as rule_id from reviews
    union all
    select incident_id, 'responsibility' as field, 10 as place, turn, responsibility as value, raw_id, 'concluded_review' as rule_id
    from reviews
    union all
    select incident_id, 'cause_key' as field, 20 as place, turn, cause_key as value, raw_id, 'problem_record' as rule_id from problems
    union all
    select incident_id, 'responsibility' as field, 20 as place, turn, responsibility as value, raw_id, 'problem_record' as rule_id
    from problems
    union all
    select incident_id, field, 30 as place, rank_no as turn, value, raw_id, 'ticket' as rule_id from ticket_words
    union all
    select
        incident_id, 'service_id' as field, 40 as place,
        row_number() over (partition by incident_id order by start_us, service_id) as turn, service_id as value, raw_id, 'signal' as rule_id
    from signal_services
    union all
    select
        incident_id, 'service_id' as field, 50 as place,
        row_number() over (partition by incident_id order by start_us, raw_id) as turn, service_id as value, raw_id, 'vendor_record' as rule_id
    from reconciled.incident_vendor_records
)

select
    incident_id,
    field,
    place,
    turn,
    value,
    raw_id,
    rule_id
from words
where (value is not null and value <> 'unmapped') or place = 0
