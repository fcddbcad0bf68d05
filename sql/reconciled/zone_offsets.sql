-- builds  reconciled.zone_offsets (working table): one row per feed, or author of a feed, whose times sit a whole offset off machine times
-- reads   shifted records and who wrote them, the policy
-- rule    Detector of mislabelled zones (4.3, a special case of RC-D5), never corrected. Of the records of one speaker in the order of their times
--         the longest stretch counts in which the offset holds for the least share: with +1 - share for a record that has it and -share for
--         one that has not, the stretch with the largest sum. It needs the least number of records. A feed is named if several of its authors
--         write so, else the author
with candidates as (
    select
        speaker.source_system,
        speaker.author_ref,
        shifted.offset_us
    from reconciled.zone_speakers as speaker
    inner join reconciled.shifted_records as shifted on speaker.record_no = shifted.record_no
    cross join run.policy as policy
    where shifted.offset_us <> 0
    group by speaker.source_system, speaker.author_ref, shifted.offset_us
    having count(*) >= min(policy.zone_min_pairs)
    qualify
        row_number() over (
            partition by speaker.source_system, speaker.author_ref
            order by count(*) desc, abs(shifted.offset_us), shifted.offset_us
        ) <= 3
),

weighed as (
    select
        candidate.source_system,
        candidate.author_ref,
        candidate.offset_us,
        speaker.raw_id,
        speaker.start_us,
        shifted.record_no is not null as has_offset,
        if(shifted.record_no is null, -policy.zone_min_share, 1 - policy.zone_min_share) as weight
    from candidates as candidate
    inner join reconciled.zone_speakers as speaker
        on candidate.source_system = speaker.source_system and candidate.author_ref = speaker.author_ref
    left join reconciled.shifted_records as shifted
        on speaker.record_no = shifted.record_no and candidate.offset_us = shifted.offset_us
    cross join run.policy as policy
),

summed as (
    select
        *,
        row_number() over in_time as turn,
        sum(weight) over in_time as so_far
    from weighed
    window
        in_time as (
            partition by source_system, author_ref, offset_us
            order by start_us, raw_id
            rows between unbounded preceding and current row
        )
),

-- 0 stands before the first record
lowest as (
    select
        *,
        least(
            coalesce(
                min(so_far) over (
                    partition by source_system, author_ref, offset_us
                    order by turn
                    rows between unbounded preceding and 1 preceding
                ),
                0
            ),
            0
        ) as low
    from summed
),

ends as (
    select
        source_system,
        author_ref,
        offset_us,
        turn,
        low
    from lowest
    qualify row_number() over (partition by source_system, author_ref, offset_us order by so_far - low desc, turn) = 1
),

starts as (
    select
        ends.source_system,
        ends.author_ref,
        ends.offset_us,
        ends.turn as last_turn,
        coalesce(max(summed.turn), 0) + 1 as first_turn
    from ends
    left join summed
        on
            ends.source_system = summed.source_system
            and ends.author_ref = summed.author_ref
            and ends.offset_us = summed.offset_us
            and ends.turn > summed.turn
            and ends.low = summed.so_far
    group by ends.source_system, ends.author_ref, ends.offset_us, ends.turn
),

stretches as (
    select
        starts.source_system,
        starts.author_ref,
        starts.offset_us,
        count(*) as tested,
        count(*) filter (where summed.has_offset) as n,
        min(summed.start_us) filter (where summed.has_offset) as first_us,
        max(summed.start_us) filter (where summed.has_offset) as last_us,
        list(summed.raw_id order by summed.raw_id) filter (where summed.has_offset) as raw_ids
    from starts
    inner join summed
        on
            starts.source_system = summed.source_system
            and starts.author_ref = summed.author_ref
            and starts.offset_us = summed.offset_us
            and summed.turn between starts.first_turn and starts.last_turn
    group by starts.source_system, starts.author_ref, starts.offset_us
),

best as (
    select stretches.*
    from stretches
    cross join run.policy as policy
    where stretches.n >= policy.zone_min_pairs
    qualify
        row_number() over (
            partition by stretches.source_system, stretches.author_ref
            order by stretches.n desc, abs(stretches.offset_us), stretches.offset_us
        ) = 1
),

told as (
    select
        best.*,
        max(best.n) filter (where best.author_ref <> '') over (partition by best.source_system, best.offset_us) as most_of_author,
        max(best.n) filter (where best.author_ref = '') over (partition by best.source_system, best.offset_us) as of_feed
    from best
)

select
    'RC-D5' as rule_id,
    'TIMESTAMP_SKEW' as type,
    null::varchar as incident_id,
    told.source_system,
    told.raw_ids,
    if(told.author_ref = '', 'zone', 'zone of ' || told.author_ref) as field,
    'from ' || instant_text(moment(told.first_us)) || ' to ' || instant_text(moment(told.last_us)) || ', '
    || told.n || ' of ' || told.tested || ' records' as observed,
    null::varchar as expected,
    told.offset_us as delta_us,
    policy.skew_us as tolerance_us
from told
cross join run.policy as policy
where
    if(
        told.author_ref = '',
        coalesce(told.n > told.most_of_author, true),
        coalesce(told.n >= told.of_feed, true)
    )
