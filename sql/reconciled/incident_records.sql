-- builds  reconciled.incident_records (working table): one row per record that is part of an incident
-- reads   records and their groups (tasks/reconcile/assembly.py), episodes, measures that count degraded time
-- rule    2.1 identity: the founder has the smallest (recorded_from, raw_id), older versions of its members included. A ticket, a vendor record
--         or time that monitoring saw down makes an incident, however short (RC-P1); degraded time only where a measure counts it; alerts
--         alone make none (RC-D7)
with degraded_counts as (
    select distinct path.component_id
    from run.measures as measure
    inner join reconciled.components as top on measure.service_id = top.service_id
    inner join reconciled.component_paths as path on top.component_id = path.ancestor_id
    where list_contains(measure.unavailable_states, 'degraded') or measure.partial_outage <> 'binary'
),

degraded as (
    select
        episode_no,
        unnest(component_keys) as component_key
    from reconciled.episodes
    where is_degraded
),

founding_episodes as (
    select episode_no
    from reconciled.episodes
    where is_down
    union
    select episode.episode_no
    from degraded as episode
    semi join degraded_counts on episode.component_key = degraded_counts.component_id
),

grouped as (
    select
        record.record_no,
        record.raw_id,
        record.entity,
        record.source_system,
        record.episode_no,
        record.first_recorded_from,
        record.first_raw_id,
        record.start_us,
        membership.group_no,
        record.entity <> 'episode' or founding.episode_no is not null as is_founding
    from reconciled.records as record
    inner join reconciled.record_groups as membership on record.record_no = membership.record_no
    left join founding_episodes as founding on record.episode_no = founding.episode_no
),

founders as (
    select
        group_no,
        min((first_recorded_from, first_raw_id)) as founder
    from grouped
    group by group_no
    having bool_or(is_founding)
),

named as (
    select
        group_no,
        'I-' || base32_12(sha256(founder[2])) as incident_id,
        founder[2] as founder_raw_id,
        founder[1] as founder_recorded_from
    from founders
)

select
    named.incident_id,
    named.founder_raw_id,
    named.founder_recorded_from,
    grouped.record_no,
    grouped.raw_id,
    grouped.entity,
    grouped.source_system,
    grouped.episode_no,
    grouped.first_recorded_from,
    grouped.first_raw_id,
    grouped.is_founding,
    grouped.start_us
from grouped
inner join named on grouped.group_no = named.group_no
