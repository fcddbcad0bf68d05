-- builds  reconciled.severity_changes (working table): one row per incident and change of its severity; `has_effect` on targets
-- reads   severity changes and history of tickets of record, the severity map
-- rule    R-SV2 a downgrade without complete justification (C-19: a code other than `other`, 20 characters, an approver who is not the author,
--         recorded at most 30 minutes after it) has no effect; a change that history tells too is told once. `is_reset`: a justified downgrade
with told as (
    select
        ticket.incident_id,
        epoch_us(change.changed_at) as at_us,
        -1 as place,
        change.old,
        change.new,
        ticket.source_system,
        change.raw_id,
        change.reason_code,
        coalesce(
            change.reason_code in ('impact_reduced', 'misclassification')
            and length(trim(change.justification)) >= 20
            and change.approver_ref is not null
            and change.approver_ref <> change.author_ref
            and epoch_us(change.recorded_at) <= epoch_us(change.changed_at) + 1800000000,
            false
        ) as is_justified
    from reconciled.clock_tickets as ticket
    inner join staged.severity_change as change
        on ticket.source_system = change.source_system and ticket.ticket_key = change.ticket_key
    union all
    select
        ticket.incident_id,
        epoch_us(change.changed_at) as at_us,
        change.seq as place,
        change.old,
        change.new,
        ticket.source_system,
        change.raw_id,
        null as reason_code,
        false as is_justified
    from reconciled.clock_tickets as ticket
    inner join staged.ticket_history as change
        on ticket.source_system = change.source_system and ticket.ticket_key = change.ticket_key
    where change.field = 'severity'
),

classed as (
    select
        told.incident_id,
        told.at_us,
        told.place,
        told.source_system,
        told.raw_id,
        told.reason_code,
        told.is_justified,
        coalesce(own_old.severity, general_old.severity) as old_severity,
        coalesce(own_new.severity, general_new.severity) as severity
    from told
    left join run.severity_map as own_old on lower(told.old) = own_old.severity_raw and told.source_system = own_old.source_system
    left join run.severity_map as general_old on lower(told.old) = general_old.severity_raw and general_old.source_system is null
    left join run.severity_map as own_new on lower(told.new) = own_new.severity_raw and told.source_system = own_new.source_system
    left join run.severity_map as general_new on lower(told.new) = general_new.severity_raw and general_new.source_system is null
),

-- a stated change is the nearest one of its kind in the history: a later one of the same kind is another change
told_again as (
    select
        stated.incident_id,
        min_by(history.place, (abs(history.at_us - stated.at_us), history.place)) as place
    from classed as stated
    inner join classed as history
        on
            stated.incident_id = history.incident_id
            and stated.severity = history.severity
            and stated.old_severity is not distinct from history.old_severity
    where stated.place < 0 and history.place >= 0
    group by stated.incident_id, stated.at_us, stated.severity, stated.old_severity
),

changes as (
    select classed.*
    from classed
    anti join told_again as again on classed.incident_id = again.incident_id and classed.place = again.place
    where classed.severity is not null
)

select
    incident_id,
    source_system,
    raw_id,
    at_us,
    place,
    severity,
    old_severity,
    is_justified or coalesce(severity <= old_severity, true) as has_effect,
    coalesce(severity > old_severity, false) as is_reset,
    coalesce(severity > old_severity and reason_code = 'misclassification', false) as is_misclassified
from changes
