-- builds  measured.duties: one row per review, runbook change and action due in the windows listed, or overdue at the end of one, as tables.yml
--         has it
-- reads   duties, the windows of metrics
-- rule    M-12, M-13
select
    duty.kind,
    duty.duty_id,
    duty.incident_id,
    duty.service_id,
    duty.owner_team,
    duty.severity,
    moment(duty.due_us) as due_at,
    moment(duty.done_us) as done_at,
    if(duty.status = 'cancelled', 0, duty.late_us) as late_us,
    duty.status
from measured.all_duties as duty
semi join run.metric_windows as span
    on
        span.is_listed
        and duty.due_us < epoch_us(span.end_at)
        and (
            duty.due_us >= epoch_us(span.start_at)
            or (duty.status = 'overdue' or (duty.status = 'late' and duty.done_us >= epoch_us(span.start_at)))
        )
