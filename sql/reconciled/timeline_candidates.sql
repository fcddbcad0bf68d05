-- builds  reconciled.timeline_candidates (working table): one row per incident, other timeline field and record that says when, ranked
-- reads   overrides, alerts, tickets, vendor records and runs of incidents, messages, runbook executions
-- rule    4.2; detected is never before occurred less the tolerance (place 90); RC-P2
with tickets as (
    select
        ticket.incident_id,
        ticket.rank_no,
        moment.field,
        moment.place,
        moment.at_us,
        moment.raw_id,
        moment.rule_id
    from reconciled.incident_tickets as ticket
    inner join reconciled.ticket_moments as moment on ticket.raw_id = moment.ticket_raw_id
    where not ticket.is_cancelled or ticket.rank_no = 1
),

signals as (
    select
        incident_id,
        min(start_us) as at_us,
        min_by(raw_id, (start_us, raw_id)) as raw_id,
        'first_alert' as rule_id
    from reconciled.incident_alerts
    group by incident_id
    union all
    select
        incident_id,
        at_us,
        raw_id,
        'ticket_detected' as rule_id
    from tickets
    where field = 'detected_at'
    union all
    select
        ticket.incident_id,
        ticket.opened_us as at_us,
        ticket.raw_id,
        if(snapshot.reported_via = 'user', 'user_report', 'ticket_opened') as rule_id
    from reconciled.incident_tickets as ticket
    inner join staged.ticket as snapshot on ticket.raw_id = snapshot.raw_id
    where not ticket.is_cancelled or ticket.rank_no = 1
),

detections as (
    select
        signals.incident_id,
        'detected_at' as field,
        if(signals.at_us < bounds.occurred_us - policy.order_tolerance_us, 90, 10) as place,
        0 as turn,
        signals.at_us,
        signals.raw_id,
        signals.rule_id
    from signals
    inner join reconciled.incident_bounds as bounds on signals.incident_id = bounds.incident_id
    cross join run.policy as policy
),

vendor_words as (
    select incident_id, 'provider_detected_at' as field, 10 as place, detected_us as at_us, raw_id, 'vendor_record' as rule_id
    from reconciled.incident_vendor_records
    union all
    select incident_id, 'reported_to_provider_at' as field, 10 as place, received_us as at_us, raw_id, 'provider_receipt' as rule_id
    from reconciled.incident_vendor_records
    union all
    select incident_id, 'acknowledged_at' as field, 20 as place, acknowledged_us as at_us, raw_id, 'vendor_record' as rule_id
    from reconciled.incident_vendor_records
),

messages as (
    select
        ticket.incident_id,
        min(epoch_us(message.sent_at)) as at_us,
        min_by(message.raw_id, (message.sent_at, message.raw_id)) as raw_id
    from reconciled.incident_tickets as ticket
    inner join staged.communication_event as message on ticket.ticket_key = message.about_ticket
    where message.audience = 'vendor'
    group by ticket.incident_id
),

-- a successful runbook counts where monitoring got better while it ran or within the confirmation time after it
runbooks as (
    select
        ticket.incident_id,
        epoch_us(execution.ended_at) as at_us,
        execution.raw_id
    from reconciled.incident_tickets as ticket
    inner join staged.runbook_execution as execution on ticket.ticket_key = execution.ticket_key
    cross join run.policy as policy
    semi join reconciled.incident_runs as runs
        on
            ticket.incident_id = runs.incident_id
            and runs.end_us >= epoch_us(execution.started_at)
            and runs.end_us <= epoch_us(execution.ended_at) + policy.restore_confirmation_us
    where execution.outcome = 'success' and execution.ended_at is not null
)

select incident_id, field, 0 as place, 0 as turn, epoch_us(try_cast(value as timestamptz)) as at_us, raw_id, 'override' as rule_id
from reconciled.incident_overrides
where
    field in (
        'detected_at', 'provider_detected_at', 'reported_to_provider_at', 'declared_at', 'acknowledged_at', 'mitigated_at', 'resolved_at',
        'closed_at'
    )
union all
select incident_id, field, place, turn, at_us, raw_id, rule_id
from detections
union all
select incident_id, field, place, 0 as turn, at_us, raw_id, rule_id
from vendor_words
where at_us is not null
union all
select incident_id, 'reported_to_provider_at' as field, 20 as place, 0 as turn, at_us, raw_id, 'outbound_message' as rule_id
from messages
union all
select incident_id, 'reported_to_provider_at' as field, 30 as place, place as turn, at_us, raw_id, rule_id
from tickets
where field = 'reported_to_provider_at'
union all
select incident_id, field, 10 as place, place as turn, at_us, raw_id, rule_id
from tickets
where field in ('acknowledged_at', 'declared_at')
union all
select incident_id, 'mitigated_at' as field, 10 as place, 0 as turn, at_us, raw_id, 'runbook_execution' as rule_id
from runbooks
union all
select incident_id, field, 20 as place, place as turn, at_us, raw_id, rule_id
from tickets
where field = 'mitigated_at'
union all
select incident_id, field, 10 as place, rank_no * 10 + place as turn, at_us, raw_id, rule_id
from tickets
where field in ('resolved_at', 'closed_at')
