-- builds  published.layered_episodes (working table): one row per alert episode of the period on several components, the eight widest: which
--         rule and component fired first, and on how many further ones it was echoed
-- reads   alert episodes that began in the period, their first alerts
-- rule    A2.3: alerts of one outage along the dependency graph; the first stands for it, the others are told apart and never deleted
select
    episode.episode_id,
    episode.incident_id,
    lead.rule_id,
    lead.component_key,
    list_filter(episode.component_ids, lambda component_id: component_id <> lead.component_key)[:4] as echoed_on,
    len(episode.component_ids) - 1 as echoes,
    episode.sessions,
    episode.alerts,
    episode.start_at,
    count(*) over () as episodes
from reconciled.alert_episodes as episode
inner join reconciled.episode_leads as lead on episode.episode_id = lead.episode_id
inner join run.context as context
    on episode.start_at >= context.period_start_at and episode.start_at < context.period_end_at
qualify row_number() over (order by len(episode.component_ids) desc, episode.alerts desc, episode.start_at, episode.episode_id) <= 8
