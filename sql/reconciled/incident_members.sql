-- builds  reconciled.incident_members: one row per incident and raw record, as tables.yml has it
-- reads   records of incidents, their tickets, signals, matched pairs, versions that founded an incident
-- rule    2.3. Members are current versions; an alert joins with its episode, a monitoring run stands as its first sample. Where an older
--         version founded the incident it is a member too, so that incident_id = hash of the founder's raw_id holds forever
with links as (
    select
        pair.left_no as record_no,
        pair.turn
    from reconciled.judged_pairs as pair
    inner join reconciled.incident_records as one on pair.left_no = one.record_no
    inner join reconciled.incident_records as other on pair.right_no = other.record_no and one.incident_id = other.incident_id
    where pair.decision = 'match'
    union all
    select
        pair.right_no as record_no,
        pair.turn
    from reconciled.judged_pairs as pair
    inner join reconciled.incident_records as one on pair.left_no = one.record_no
    inner join reconciled.incident_records as other on pair.right_no = other.record_no and one.incident_id = other.incident_id
    where pair.decision = 'match'
),

strongest as (
    select
        record_no,
        ['review', 'reference', 'duplicate', 'score'][min(turn)] as joined_by
    from links
    group by record_no
),

claim_members as (
    select
        member.incident_id,
        member.founder_raw_id,
        claim.raw_id,
        claim.source_system,
        claim.source_key,
        claim.entity,
        member.first_raw_id,
        case
            when ticket.system_rank_no = 1 then 'ticket_of_record'
            when ticket.is_duplicate then 'duplicate'
            else 'evidence'
        end as member_role,
        coalesce(strongest.joined_by, 'founder') as joined_by
    from reconciled.incident_records as member
    inner join reconciled.claims as claim on member.raw_id = claim.raw_id
    left join reconciled.incident_tickets as ticket on member.record_no = ticket.record_no
    left join strongest on member.record_no = strongest.record_no
    where member.entity <> 'episode'
),

alert_members as (
    select
        member.incident_id,
        member.founder_raw_id,
        alert.raw_id,
        alert.source_system,
        alert.source_key,
        'alert' as entity,
        alert.first_raw_id,
        'evidence' as member_role,
        'episode' as joined_by
    from reconciled.incident_records as member
    inner join reconciled.signal_episodes as signal on member.episode_no = signal.episode_no
    inner join reconciled.session_alerts as alert on signal.series_no = alert.series_no and signal.session_no = alert.session_no
),

run_members as (
    select
        member.incident_id,
        member.founder_raw_id,
        run.raw_id,
        run.source_system,
        run.source_key,
        'monitoring_sample' as entity,
        run.first_raw_id,
        'evidence' as member_role,
        'episode' as joined_by
    from reconciled.incident_records as member
    inner join reconciled.signal_episodes as signal on member.episode_no = signal.episode_no
    inner join reconciled.impaired_runs as run on signal.run_raw_id = run.raw_id
),

members as (
    select * from claim_members
    union all
    select * from alert_members
    union all
    select * from run_members
),

-- a founder that is no longer the current version of its record
founders as (
    select
        incident_id,
        founder_raw_id,
        founder_raw_id as raw_id,
        source_system,
        source_key,
        entity,
        first_raw_id,
        'founder' as member_role,
        'founder' as joined_by
    from members
    where first_raw_id = founder_raw_id and raw_id <> founder_raw_id
)

select
    incident_id,
    raw_id,
    source_system,
    source_key,
    entity,
    if(raw_id = founder_raw_id, 'founder', member_role) as member_role,
    if(raw_id = founder_raw_id, 'founder', joined_by) as joined_by
from members
union all
select
    incident_id,
    raw_id,
    source_system,
    source_key,
    entity,
    member_role,
    joined_by
from founders
