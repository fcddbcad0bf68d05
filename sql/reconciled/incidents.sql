-- builds  reconciled.incidents: one row per reconciled incident, as tables.yml has it
-- reads   bounds, timeline, words, contract, components, outages, status and members of incidents
-- rule    2.3, 4.2. REVIEW_PENDING: a pair in review would join it with another incident; ANCHOR_FALLBACK: a bound rests on a weaker field
with members as (
    select
        incident_id,
        count(distinct struct_pack(system := source_system, key := source_key)) filter (where entity = 'ticket') as tickets,
        count(distinct struct_pack(system := source_system, key := source_key)) filter (where entity = 'vendor_record') as vendor_records,
        count(distinct struct_pack(system := source_system, key := source_key)) filter (where entity = 'alert') as alerts
    from reconciled.incident_members
    group by incident_id
),

episodes as (
    select
        incident_id,
        count(*) as episodes
    from reconciled.alert_episodes
    where incident_id is not null
    group by incident_id
),

components as (
    select
        incident_id,
        list(distinct component_id order by component_id) as component_ids
    from reconciled.incident_components
    group by incident_id
),

ticket_words as (
    select
        ticket.incident_id,
        bool_or(snapshot.major_flag) as is_declared,
        max(snapshot.reported_via) filter (where ticket.rank_no = 1) as reported_via
    from reconciled.incident_tickets as ticket
    inner join staged.ticket as snapshot on ticket.raw_id = snapshot.raw_id
    group by ticket.incident_id
),

changes as (
    select
        incident_id,
        max(status = 'confirmed') as is_confirmed,
        max(status = 'candidate') as is_candidate
    from reconciled.change_links
    group by incident_id
),

change_feed as (
    select
        min(epoch_us(started_at)) as start_us,
        max(epoch_us(extracted_at)) as end_us
    from staged.change
),

disputes as (
    select
        names.incident_id,
        bool_or(dispute.scope = 'whole') as is_whole,
        bool_or(dispute.scope = 'portion') as is_portion
    from staged.dispute as dispute
    anti join staged.revocation as revocation
        on revocation.object_type = 'dispute' and dispute.dispute_id = revocation.object_id
    inner join reconciled.incident_names as names on dispute.subject_id = names.name
    where dispute.state = 'open' and dispute.subject_type in ('incident', 'ticket')
    group by names.incident_id
),

pending as (
    select one.incident_id
    from reconciled.judged_pairs as pair
    inner join reconciled.incident_records as one on pair.left_no = one.record_no
    inner join reconciled.incident_records as other on pair.right_no = other.record_no
    where pair.decision = 'review' and one.incident_id <> other.incident_id
    union
    select other.incident_id
    from reconciled.judged_pairs as pair
    inner join reconciled.incident_records as one on pair.left_no = one.record_no
    inner join reconciled.incident_records as other on pair.right_no = other.record_no
    where pair.decision = 'review' and one.incident_id <> other.incident_id
),

described as (
    select
        bounds.incident_id,
        bounds.occurred_us,
        bounds.restored_us,
        bounds.is_fallback,
        words.severity_max,
        coalesce(list_contains(policy.major_severities, words.severity_max), false) as is_major_by_rule,
        ticket_words.is_declared,
        case
            when timeline.detected_rule_id = 'first_alert' then 'monitoring'
            when ticket_words.reported_via <> 'unmapped' then ticket_words.reported_via
            when members.tickets = 0 and members.vendor_records > 0 then 'provider'
        end as first_detected_by,
        pending.incident_id is not null as is_pending,
        coalesce(bounds.occurred_us - policy.change_lookback_us >= change_feed.start_us and bounds.occurred_us <= change_feed.end_us, false)
            as is_change_tested
    from reconciled.incident_bounds as bounds
    inner join members on bounds.incident_id = members.incident_id
    left join reconciled.incident_words as words on bounds.incident_id = words.incident_id
    left join reconciled.timeline as timeline on bounds.incident_id = timeline.incident_id
    left join ticket_words on bounds.incident_id = ticket_words.incident_id
    left join pending on bounds.incident_id = pending.incident_id
    cross join run.policy as policy
    cross join change_feed
)

select
    described.incident_id,
    words.service_id,
    coalesce(components.component_ids, []) as component_ids,
    contract.provider_id,
    contract.contract_version_id,
    words.ticket_key,
    words.title,
    moment(described.occurred_us) as occurred_at,
    moment(timeline.detected_us) as detected_at,
    moment(timeline.provider_detected_us) as provider_detected_at,
    moment(timeline.reported_to_provider_us) as reported_to_provider_at,
    moment(timeline.declared_us) as declared_at,
    moment(timeline.acknowledged_us) as acknowledged_at,
    moment(timeline.mitigated_us) as mitigated_at,
    moment(described.restored_us) as restored_at,
    moment(timeline.resolved_us) as resolved_at,
    moment(timeline.closed_us) as closed_at,
    described.first_detected_by,
    words.severity_initial,
    words.severity_max,
    words.severity_final,
    described.is_major_by_rule or coalesce(described.is_declared, false) as major,
    words.cause_key,
    coalesce(words.responsibility, 'undetermined') as responsibility,
    status.status,
    coalesce(outage.outage_basis, 'none') as outage_basis,
    coalesce(outage.down_us, 0) as down_us,
    case when disputes.is_whole then 'whole' when disputes.is_portion then 'portion' else 'none' end as disputed,
    case when changes.is_confirmed then 'confirmed' when changes.is_candidate then 'candidate' else 'none' end as change_related,
    described.is_change_tested,
    if(recurrence.is_recurrent, recurrence.previous_incident_id, null) as recurrence_of,
    members.tickets,
    members.vendor_records,
    members.alerts,
    coalesce(episodes.episodes, 0) as episodes,
    list_filter(
        [
            if(described.is_fallback, 'ANCHOR_FALLBACK', null),
            if(described.is_declared <> described.is_major_by_rule, 'DECLARED_NOT_DERIVED', null),
            if(described.is_pending, 'REVIEW_PENDING', null)
        ],
        lambda flag: flag is not null
    ) as flags
from described
inner join members on described.incident_id = members.incident_id
inner join reconciled.incident_status as status on described.incident_id = status.incident_id
left join reconciled.incident_words as words on described.incident_id = words.incident_id
left join reconciled.timeline as timeline on described.incident_id = timeline.incident_id
left join reconciled.incident_contracts as contract on described.incident_id = contract.incident_id
left join components on described.incident_id = components.incident_id
left join reconciled.incident_outages as outage on described.incident_id = outage.incident_id
left join reconciled.recurrences as recurrence on described.incident_id = recurrence.incident_id
left join episodes on described.incident_id = episodes.incident_id
left join disputes on described.incident_id = disputes.incident_id
left join changes on described.incident_id = changes.incident_id
