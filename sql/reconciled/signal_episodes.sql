-- builds  reconciled.signal_episodes (working table): one row per signal, with the episode it belongs to
-- reads   signals, islands, groups of islands (tasks/reconcile/components.py)
-- rule    DOMAIN 4.1 step 3
select
    signal.component_key,
    signal.start_us,
    signal.end_us,
    signal.series_no,
    signal.session_no,
    signal.run_raw_id,
    island.island_no,
    grouped.group_no as episode_no
from reconciled.signals as signal
asof inner join reconciled.component_islands as island
    on signal.component_key = island.component_key and signal.start_us >= island.start_us
inner join reconciled.island_groups as grouped on island.island_no = grouped.island_no
