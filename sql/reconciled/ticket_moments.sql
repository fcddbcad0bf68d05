-- builds  reconciled.ticket_moments (working table): one row per ticket, timeline field and what says when: history or snapshot
-- reads   tickets and their history, roles people hold on tickets
-- rule    4.2: history outranks the snapshot where it states a change with its own instant; the snapshot's explicit column outranks an instant
--         that only says when a history row was written (place 1, 2, 3). Equal instants are ordered by seq. An end reached at or before
--         the last reopening no longer holds, whoever says it, unless history says it once more after it; a ticket that stands reopened has
--         none. The first human transition or comment by the responding party acknowledges (R-CL2): of somebody who moves this ticket on or
--         holds a role on it, or an entry that only responders make. Of anybody else we cannot tell: it acknowledges, the reading milder on
--         the provider, unless a user reported the ticket or the author opened it
with changes as (
    select
        source_system,
        ticket_key,
        seq,
        field,
        lower(new) as new_word,
        actor_ref,
        actor_kind = 'human' as is_human,
        coalesce(not is_public or entry_kind in ('diagnosis', 'action', 'decision', 'status_update', 'mitigation'), false) as is_internal,
        field = 'state'
        and lower(new) not in ('new', 'cancelled', 'reopened', 'closed')
        and coalesce(lower(old), '') <> 'waiting_customer' as moves_on,
        raw_id,
        epoch_us(changed_at) as changed_us,
        epoch_us(coalesce(recorded_at, changed_at)) as written_us,
        if(recorded_at is null or recorded_at > changed_at, 1, 3) as place
    from staged.ticket_history
    where field in ('state', 'comment', 'vendor_ref', 'major_flag')
),

reopenings as (
    select
        source_system,
        ticket_key,
        max((changed_us, seq, written_us)) as reopened
    from changes
    where field = 'state' and new_word = 'reopened'
    group by source_system, ticket_key
),

standing as (
    select changes.*
    from changes
    left join reopenings on changes.source_system = reopenings.source_system and changes.ticket_key = reopenings.ticket_key
    where
        changes.field = 'state'
        and (
            reopenings.reopened is null
            or (changes.changed_us, changes.seq) > (reopenings.reopened[1], reopenings.reopened[2])
            or (changes.seq > reopenings.reopened[2] and changes.written_us > reopenings.reopened[3])
        )
),

responders as (
    select
        source_system,
        ticket_key,
        actor_ref
    from changes
    where is_human and moves_on
    union
    select
        ticket.source_system,
        ticket.ticket_key,
        assignment.person_ref as actor_ref
    from staged.role_assignment as assignment
    inner join staged.ticket as ticket on assignment.ticket_key = ticket.ticket_key
),

openers as (
    select distinct
        source_system,
        ticket_key,
        actor_ref
    from changes
    where is_human and field = 'state' and new_word = 'new'
),

acknowledging as (
    select changes.*
    from changes
    left join staged.ticket as ticket on changes.source_system = ticket.source_system and changes.ticket_key = ticket.ticket_key
    left join responders
        on
            changes.source_system = responders.source_system
            and changes.ticket_key = responders.ticket_key
            and changes.actor_ref = responders.actor_ref
    left join openers
        on
            changes.source_system = openers.source_system
            and changes.ticket_key = openers.ticket_key
            and changes.actor_ref = openers.actor_ref
    where
        changes.is_human
        and (changes.field = 'comment' or (changes.field = 'state' and changes.new_word not in ('new', 'cancelled')))
        and (
            changes.moves_on
            or changes.is_internal
            or responders.actor_ref is not null
            or (ticket.reported_via is distinct from 'user' and openers.actor_ref is null)
        )
),

history as (
    select
        source_system,
        ticket_key,
        new_word || '_at' as field,
        max_by(struct_pack(place := place, at_us := changed_us, raw_id := raw_id), (changed_us, seq)) as said
    from standing
    where new_word in ('restored', 'resolved', 'closed')
    group by source_system, ticket_key, new_word
    union all
    select
        source_system,
        ticket_key,
        'mitigated_at' as field,
        min_by(struct_pack(place := place, at_us := changed_us, raw_id := raw_id), (changed_us, seq)) as said
    from changes
    where field = 'state' and new_word = 'mitigated'
    group by source_system, ticket_key
    union all
    select
        source_system,
        ticket_key,
        'acknowledged_at' as field,
        min_by(struct_pack(place := place, at_us := changed_us, raw_id := raw_id), (changed_us, seq)) as said
    from acknowledging
    group by source_system, ticket_key
    union all
    select
        source_system,
        ticket_key,
        'reported_to_provider_at' as field,
        min_by(struct_pack(place := place, at_us := changed_us, raw_id := raw_id), (changed_us, seq)) as said
    from changes
    where (field = 'vendor_ref' and new_word is not null) or (field = 'state' and new_word = 'waiting_vendor')
    group by source_system, ticket_key
    union all
    select
        source_system,
        ticket_key,
        'declared_at' as field,
        min_by(struct_pack(place := place, at_us := changed_us, raw_id := raw_id), (changed_us, seq)) as said
    from changes
    where field = 'major_flag' and new_word in ('true', 'yes', '1')
    group by source_system, ticket_key
),

snapshots as (
    unpivot (
        select
            raw_id,
            source_system,
            ticket_key,
            state,
            occurred_at,
            detected_at,
            declared_at,
            acknowledged_at,
            mitigated_at,
            restored_at,
            resolved_at,
            closed_at
        from staged.ticket
    )
    on columns(* exclude (raw_id, source_system, ticket_key, state))
    into name field value said_at
)

select
    ticket.raw_id as ticket_raw_id,
    history.field,
    history.said.place,
    history.said.at_us,
    history.said.raw_id,
    'ticket_history' as rule_id
from history
inner join staged.ticket as ticket on history.source_system = ticket.source_system and history.ticket_key = ticket.ticket_key
union all
select
    snapshots.raw_id as ticket_raw_id,
    snapshots.field,
    2 as place,
    epoch_us(snapshots.said_at) as at_us,
    snapshots.raw_id,
    'ticket_snapshot' as rule_id
from snapshots
left join reopenings on snapshots.source_system = reopenings.source_system and snapshots.ticket_key = reopenings.ticket_key
where
    snapshots.field not in ('restored_at', 'resolved_at', 'closed_at')
    or (reopenings.reopened is null and snapshots.state is distinct from 'reopened')
    or epoch_us(snapshots.said_at) > reopenings.reopened[1]
