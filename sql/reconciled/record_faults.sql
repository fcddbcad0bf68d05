-- builds  reconciled.record_faults (working table): one row per record that is doubled, dangling, gapped, edited late or unreadable in part
-- reads   duplicates, references, unknown names, ticket history, findings of staging, records and members of incidents
-- rule    RC-D6 folded, both kept; RC-D10 as named: quarantine or review. A name that the catalogue does not know is one row, whoever uses it how
--         often, with its earliest record. A seq of 10^12 and more is made from an instant (macro history_seq), because the source counts
--         nothing: it shows no gap
with duplicates as (
    select
        'RC-D6' as rule_id,
        'DUPLICATE' as type,
        member.incident_id,
        claim.source_system,
        list_sort([claim.raw_id, other.raw_id]) as raw_ids,
        null as field,
        claim.source_key as observed,
        other_claim.source_key as expected
    from reconciled.duplicate_pairs as pair
    inner join reconciled.records as one on pair.left_no = one.record_no
    inner join reconciled.records as other on pair.right_no = other.record_no
    inner join reconciled.claims as claim on one.raw_id = claim.raw_id
    inner join reconciled.claims as other_claim on other.raw_id = other_claim.raw_id
    inner join reconciled.incident_records as member on pair.left_no = member.record_no
),

references_missed as (
    select
        'RC-D10' as rule_id,
        'REFERENCE_CONFLICT' as type,
        member.incident_id,
        link.source_system,
        list_sort(list_filter([link.raw_id, target.raw_id], lambda raw_id: raw_id is not null)) as raw_ids,
        link.field,
        link.ref as observed,
        link.verdict as expected
    from reconciled.reference_links as link
    left join reconciled.incident_records as member on link.record_no = member.record_no
    left join reconciled.records as target on link.to_no = target.record_no
    where link.verdict <> 'match'
),

names_missed as (
    select
        'RC-D10' as rule_id,
        'REFERENCE_CONFLICT' as type,
        member.incident_id,
        missed.source_system,
        [missed.raw_id] as raw_ids,
        missed.field,
        missed.name as observed,
        'a service_id, component_id or alias of the catalogue (records: ' || missed.records || ')' as expected
    from reconciled.unknown_names as missed
    left join reconciled.incident_members as member on missed.raw_id = member.raw_id
),

gaps as (
    select
        'RC-D10' as rule_id,
        'HISTORY_GAP' as type,
        ticket.incident_id,
        ticket.source_system,
        [ticket.raw_id] as raw_ids,
        'seq' as field,
        count(distinct change.seq)::varchar as observed,
        max(change.seq)::varchar as expected
    from reconciled.incident_tickets as ticket
    inner join staged.ticket_history as change on ticket.source_system = change.source_system and ticket.ticket_key = change.ticket_key
    group by ticket.incident_id, ticket.source_system, ticket.raw_id
    having max(change.seq) < 1000000000000 and (count(distinct change.seq) <> max(change.seq) or min(change.seq) <> 1)
),

late_edits as (
    select
        'RC-D10' as rule_id,
        'POST_CLOSURE_EDIT' as type,
        ticket.incident_id,
        ticket.source_system,
        [change.raw_id] as raw_ids,
        change.field,
        instant_text(change.changed_at) as observed,
        instant_text(snapshot.closed_at) as expected
    from reconciled.incident_tickets as ticket
    inner join staged.ticket as snapshot on ticket.raw_id = snapshot.raw_id
    inner join staged.ticket_history as change on ticket.source_system = change.source_system and ticket.ticket_key = change.ticket_key
    where
        snapshot.state in ('closed', 'cancelled')
        and change.changed_at > snapshot.closed_at
        and change.field not in ('comment', 'state')
),

severity_words as (
    select
        'RC-D10' as rule_id,
        'ENUM_UNMAPPED' as type,
        ticket.incident_id,
        ticket.source_system,
        [ticket.raw_id] as raw_ids,
        'severity_raw' as field,
        snapshot.severity_raw as observed,
        null as expected
    from reconciled.incident_tickets as ticket
    inner join reconciled.ticket_severities as severity on ticket.raw_id = severity.ticket_raw_id
    inner join staged.ticket as snapshot on ticket.raw_id = snapshot.raw_id
    where severity.is_unmapped
),

findings as (
    select distinct
        'RC-D10' as rule_id,
        issue.issue as type,
        member.incident_id,
        issue.source_system,
        [issue.raw_id] as raw_ids,
        issue.column_name as field,
        issue.value_text as observed,
        if(len(issue.candidates) > 0, array_to_string(issue.candidates, ' | '), null) as expected
    from staged.issues as issue
    left join reconciled.incident_members as member on issue.raw_id = member.raw_id
    where
        issue.issue in ('AMBIGUOUS_LOCAL_TIME', 'NONEXISTENT_LOCAL_TIME')
        or (issue.issue = 'ENUM_UNMAPPED' and issue.entity in ('ticket', 'ticket_history', 'vendor_record'))
)

select * from duplicates
union all
select * from references_missed
union all
select * from names_missed
union all
select * from gaps
union all
select * from late_edits
union all
select * from severity_words
union all
select * from findings
