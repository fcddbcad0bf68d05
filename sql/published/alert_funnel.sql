-- builds  published.alert_funnel (working table): one row: alerts of the period, and what they come down to, step by step
-- reads   alert episodes that began in the period
-- rule    4.1 step 3, A2.3: every alert stands in one session, every session in one episode, every episode in one incident or in none: alerts
--         less repetitions are sessions, less echoes on further components and later sessions episodes, less orphans and further ones incidents
select
    context.period_start_at,
    context.period_end_at,
    coalesce(sum(episode.alerts), 0)::bigint as alerts,
    coalesce(sum(episode.alerts - episode.sessions), 0)::bigint as repetitions,
    coalesce(sum(episode.sessions), 0)::bigint as sessions,
    coalesce(sum(len(episode.component_ids) - 1), 0)::bigint as echoes,
    coalesce(sum(episode.sessions - len(episode.component_ids)), 0)::bigint as later_sessions,
    count(*) as episodes,
    count(*) filter (where episode.incident_id is null) as orphans,
    count(episode.incident_id) - count(distinct episode.incident_id) as further_episodes,
    count(distinct episode.incident_id) as incidents
from reconciled.alert_episodes as episode
inner join run.context as context
    on episode.start_at >= context.period_start_at and episode.start_at < context.period_end_at
group by context.period_start_at, context.period_end_at
