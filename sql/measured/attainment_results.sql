-- builds  measured.attainment_results (working table): one row per share of incidents in time, variant and reading, judged
-- reads   parts of attainment and the targets that they count
-- rule    R-AT2 met / (met + breached + breached_open), exact; low-volume rule: a miss within what it allows is met (E87); R-AV4 compared
--         exactly; R-AV5 without an incident there is nothing to judge
with counts as (
    select
        part_no,
        variant,
        reading,
        count(*) filter (where status = 'met') as met,
        count(*) filter (where status = 'breached') as breached,
        count(*) filter (where status = 'breached_open') as breached_open,
        count(*) filter (where status = 'running') as running,
        count(*) filter (where status = 'insufficient_evidence') as unknown,
        list(distinct incident_id order by incident_id) as incident_ids,
        list(target_no order by target_no) filter (where status in ('breached', 'breached_open')) as missed_nos
    from measured.attainment_members
    group by part_no, variant, reading
),

shares as (
    select
        part.*,
        coalesce(counts.variant, 'headline') as variant,
        coalesce(counts.reading, 'default') as reading,
        coalesce(counts.met, 0) as met,
        coalesce(counts.breached, 0) as breached,
        coalesce(counts.breached_open, 0) as breached_open,
        coalesce(counts.running, 0) as running,
        coalesce(counts.unknown, 0) as unknown,
        coalesce(counts.incident_ids, []) as incident_ids,
        coalesce(counts.missed_nos, []) as missed_nos,
        coalesce(counts.met + counts.breached + counts.breached_open, 0) as judged
    from measured.attainment_parts as part
    left join counts on part.part_no = counts.part_no
),

compared as (
    select
        *,
        case
            when judged = 0 or target is null then null
            else reaches(met, judged, target, comparator, round_places, round_mode)
        end as is_reached,
        coalesce(judged < low_volume_below and judged - met <= allowed_misses, false) as is_allowed
    from shares
),

verdicts as (
    select
        *,
        case
            when target is null then 'not_applicable'
            when judged = 0 and unknown > 0 then 'insufficient_evidence'
            when judged = 0 and running > 0 then 'running'
            when judged = 0 then 'not_applicable'
            when is_reached or is_allowed then 'met'
            else 'breached'
        end as status
    from compared
),

neighbours as (
    select
        part_no,
        coalesce(bool_or(status = 'breached') filter (where variant = 'if_counted'), false) as is_breached_if_counted,
        list(distinct status order by status) filter (where variant = 'other_reading') as other_statuses
    from verdicts
    group by part_no
)

select
    row_number() over (order by verdicts.part_no, verdicts.variant, verdicts.reading) as result_no,
    short_id(
        'R',
        json_array(
            verdicts.contract_version_id,
            verdicts.measure_id,
            verdicts.service_id,
            'service',
            instant_text(verdicts.window_start_at),
            instant_text(verdicts.start_at),
            verdicts.variant,
            verdicts.reading
        )::varchar
    ) as result_id,
    verdicts.*,
    list_filter(
        [
            if(not coalesce(verdicts.is_reached, true) and verdicts.is_allowed, 'LOW_VOLUME', null),
            if(
                verdicts.variant = 'headline' and verdicts.status = 'met' and neighbours.is_breached_if_counted,
                'MET_ONLY_BY_DISPUTE',
                null
            ),
            if(verdicts.is_provisional, 'PROVISIONAL', null),
            if(
                verdicts.variant = 'headline'
                and len(list_filter(coalesce(neighbours.other_statuses, []), lambda other: other <> verdicts.status)) > 0,
                'READINGS_DIFFER',
                null
            )
        ],
        lambda flag: flag is not null
    ) as flags
from verdicts
inner join neighbours on verdicts.part_no = neighbours.part_no
