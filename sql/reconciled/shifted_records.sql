-- builds  reconciled.shifted_records (working table): one row per ended ticket or vendor record and whole offset by which it lies off a machine
--         episode of its service; offset 0 where it agrees with one
-- reads   records, claims, components of both, episodes
-- rule    Detector of mislabelled zones. Its start lies within the skew tolerance of a whole number of steps from the episode's start, and its
--         end off the episode's end by that number too, to within one step: a note written late moves the start alone. Whoever agrees with
--         some episode, or is off by less than the least offset, says nothing for another zone
with windows as (
    select
        zone_step_us,
        zone_least_us,
        zone_most_us,
        skew_us
    from run.policy
),

spoken as (
    select distinct
        record.record_no,
        place.service_id,
        claim.start_us,
        claim.end_us,
        claim.start_us // windows.zone_most_us as stretch_no
    from reconciled.records as record
    inner join reconciled.claims as claim on record.raw_id = claim.raw_id
    inner join reconciled.record_components as place on record.record_no = place.record_no
    cross join windows
    where record.entity <> 'episode' and claim.end_us is not null
),

machines as (
    select distinct
        episode.episode_no,
        place.service_id,
        episode.start_us,
        episode.end_us,
        episode.start_us // windows.zone_most_us + unnest([-1, 0, 1]) as stretch_no
    from reconciled.records as record
    inner join reconciled.episodes as episode on record.episode_no = episode.episode_no
    inner join reconciled.record_components as place on record.record_no = place.record_no
    cross join windows
    where record.entity = 'episode' and not episode.is_open
),

apart as (
    select
        spoken.record_no,
        spoken.start_us - machines.start_us as start_apart_us,
        spoken.end_us - machines.end_us as end_apart_us,
        round((spoken.start_us - machines.start_us) / windows.zone_step_us)::bigint * windows.zone_step_us as steps_us
    from spoken
    inner join machines on spoken.service_id = machines.service_id and spoken.stretch_no = machines.stretch_no
    cross join windows
),

aligned as (
    select distinct
        apart.record_no,
        if(abs(apart.steps_us) < windows.zone_least_us, 0, apart.steps_us) as offset_us
    from apart
    cross join windows
    where
        abs(apart.start_apart_us - apart.steps_us) <= windows.skew_us
        and abs(apart.end_apart_us - apart.steps_us) <= windows.zone_step_us
        and abs(apart.steps_us) <= windows.zone_most_us
),

agreeing as (
    select record_no
    from aligned
    where offset_us = 0
)

select
    record_no,
    offset_us
from aligned
where offset_us = 0
union all
select
    aligned.record_no,
    aligned.offset_us
from aligned
anti join agreeing on aligned.record_no = agreeing.record_no
