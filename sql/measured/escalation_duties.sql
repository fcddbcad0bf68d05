-- builds  measured.escalation_duties (working table): one row per incident with a ticket and timed tier that fell due by as_of
-- reads   incidents, spans of their severity, triggers of the policy, escalation decisions, names of incidents
-- rule    M-11, C-16, E99: due = detected, or the instant from which the severity held, plus the trigger; elapsed UTC time. Not needed if the
--         incident was restored, or less severe, before. A decision for a higher tier of the same line serves too; to hold back is none
with tiers as (
    select
        named.tier,
        named.line,
        named.place
    from (
        values ('L1', 'functional', 1), ('L2', 'functional', 2), ('L3', 'functional', 3), ('vendor', 'functional', 4),
        ('M1', 'hierarchical', 1), ('M2', 'hierarchical', 2), ('exec', 'hierarchical', 3)
    ) as named (tier, line, place)
),

due as (
    select
        incident.incident_id,
        incident.ticket_key,
        span.severity,
        trigger.tier,
        greatest(epoch_us(incident.detected_at), coalesce(span.from_us, epoch_us(incident.detected_at))) + trigger.after_us as due_us,
        span.until_us,
        epoch_us(coalesce(incident.restored_at, incident.resolved_at, incident.closed_at)) as ended_us,
        epoch_us(context.as_of) as as_of_us
    from reconciled.incidents as incident
    inner join measured.severity_spans as span on incident.incident_id = span.incident_id and not span.is_void
    inner join run.escalation_triggers as trigger on span.severity = trigger.severity
    cross join run.context as context
    where incident.detected_at is not null and incident.ticket_key is not null and incident.status <> 'cancelled'
),

first_due as (
    select
        *,
        due_us < coalesce(ended_us, as_of_us) and (until_us is null or due_us < until_us) as is_needed
    from due
    where due_us <= as_of_us
    qualify row_number() over (partition by incident_id, tier order by is_needed desc, due_us asc, severity asc) = 1
),

decided as (
    select
        names.incident_id,
        asked.tier,
        min(decision.decided_at) as decided_at
    from staged.escalation_decision as decision
    inner join reconciled.incident_names as names on decision.ticket_key = names.name
    inner join tiers as reached on decision.to_tier = reached.tier
    inner join tiers as asked on reached.line = asked.line and reached.place >= asked.place
    where decision.decision in ('escalate', 'bypass')
    group by names.incident_id, asked.tier
)

select
    first_due.ticket_key,
    first_due.incident_id,
    first_due.severity,
    first_due.tier,
    moment(first_due.due_us) as due_at,
    decided.decided_at,
    case
        when not first_due.is_needed then 0
        else greatest(coalesce(epoch_us(decided.decided_at), first_due.ended_us, first_due.as_of_us) - first_due.due_us, 0)
    end as late_us,
    case
        when not first_due.is_needed then 'not_needed'
        when decided.decided_at is null then 'missing'
        when epoch_us(decided.decided_at) <= first_due.due_us then 'on_time'
        else 'late'
    end as status
from first_due
left join decided on first_due.incident_id = decided.incident_id and first_due.tier = decided.tier
