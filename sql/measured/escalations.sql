-- builds  measured.escalations: one row per ticket and timed tier that fell due in the windows listed, as tables.yml has it
-- reads   duties to escalate, the windows of metrics
-- rule    M-11. Of several incidents of one ticket the earliest counts
select
    duty.ticket_key,
    duty.incident_id,
    duty.severity,
    duty.tier,
    duty.due_at,
    duty.decided_at,
    duty.late_us,
    duty.status
from measured.escalation_duties as duty
semi join run.metric_windows as span on span.is_listed and duty.due_at >= span.start_at and duty.due_at < span.end_at
qualify row_number() over (partition by duty.ticket_key, duty.tier order by duty.due_at, duty.incident_id) = 1
