-- builds  published.target_counts (working table): one row per clock and severity: how its targets stand, in the headline and if disputes count
-- reads   incident targets that the period lists
-- rule    R-AT1 a target belongs to the window of its outcome, a running one is listed in each; R-AT2 attainment = met / (met + breached +
--         breached_open); R-DI1 both columns
select
    kind,
    severity,
    count(*) as listed,
    count(*) filter (where status = 'met') as met,
    count(*) filter (where status = 'breached') as breached,
    count(*) filter (where status = 'breached_open') as breached_open,
    count(*) filter (where status = 'running') as running,
    count(*) filter (where status in ('not_applicable', 'insufficient_evidence')) as unjudged,
    count(*) filter (where status in ('met', 'breached', 'breached_open')) as judged,
    count(*) filter (where coalesce(status_if_counted, status) = 'met') as met_if_counted,
    count(*) filter (where coalesce(status_if_counted, status) in ('met', 'breached', 'breached_open')) as judged_if_counted,
    coalesce(bool_or(status_if_counted <> status), false) as is_disputed
from measured.incident_targets
group by kind, severity
