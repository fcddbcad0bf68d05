-- builds  published.orphan_alerts (working table): one row per reason why alerts of the period belong to no incident
-- reads   alert episodes without an incident that began in the period
-- rule    RC-D7: an alert that a person called true, on a governed component, longer than a limit asks for an incident; nothing else does
select
    episode.true_positives > 0 as is_true,
    context.period_start_at,
    context.period_end_at,
    sum(episode.alerts)::bigint as alerts,
    count(*) as episodes,
    coalesce(sum(epoch_us(episode.end_at) - epoch_us(episode.start_at)), 0)::bigint as length_us
from reconciled.alert_episodes as episode
cross join run.context as context
where
    episode.incident_id is null
    and episode.start_at >= context.period_start_at
    and episode.start_at < context.period_end_at
group by episode.true_positives > 0, context.period_start_at, context.period_end_at
