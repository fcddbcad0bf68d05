-- builds  reconciled.alert_episodes: one row per alert episode, as tables.yml has it
-- reads   alerts of episodes, records of incidents
-- rule    4.1 step 3; an episode without incident is an orphan (RC-D7)
select
    short_id('E', to_json(episode.raw_ids)::varchar) as episode_id,
    member.incident_id,
    episode.component_keys as component_ids,
    episode.rule_ids,
    moment(episode.start_us) as start_at,
    if(episode.is_open, null, moment(episode.end_us)) as end_at,
    episode.alerts,
    episode.sessions,
    episode.true_positives
from reconciled.episode_alerts as episode
left join reconciled.incident_records as member on episode.episode_no = member.episode_no
