-- builds  reconciled.episode_leads (working table): one row per alert episode on several components: which rule and component fired first
-- reads   alerts of episodes, parts that sessions play
-- rule    4.1 step 3, tables.yml ids: the first alert of an outage stands for it, the others are its echoes
select
    short_id('E', to_json(episode.raw_ids)::varchar) as episode_id,
    lead.rule_id,
    lead.component_key
from reconciled.episode_alerts as episode
inner join reconciled.session_places as lead on episode.episode_no = lead.episode_no and lead.place = 'first'
where len(episode.component_keys) > 1
