-- builds  measured.covered_windows (working table): one row per window listed whose window before lies wholly after the first record
-- reads   windows of metrics, the first record of any source
-- rule    unknown is a value: with a window that began before the first record nothing is compared (M-10)
select
    span.period,
    before.period as previous_period
from run.metric_windows as span
inner join run.metric_windows as before on span.previous_period = before.period
inner join measured.evidence_starts as evidence on evidence.start_at <= before.start_at
where span.is_listed
