-- builds  measured.scopes (working table): one row per result: a window part under one variant and one reading, its options resolved
-- reads   the parts, and what could make a variant differ in them
-- rule    R-DI2 if counted, R-EX7 if excluded, R-GR8 unknown as down, R-RD1 all combinations of silent terms; a variant is written only where
--         something of its kind exists in the part. Rows of more kinds serve other tables and are not published: `own_request` takes our
--         own undecided flags out (R-EX4: no claim on that time), `dispute` counts one dispute alone (R-DI2: its increment), `request` takes
--         one exclusion out that was asked for and not granted. `counted_dispute_id` and `taken_out_id` name one, * = all, own = our own flags.
--         `ours`, `theirs`, `agreed` take one side's position on what was down (K4); if ours holds, every dispute of theirs is lost
with disputed as (
    select distinct
        part_no,
        unnest(dispute_ids) as dispute_id
    from measured.outage_pieces
),

exclusions as (
    select
        part_no,
        bool_or(status = 'applied') as has_applied,
        bool_or(status = 'requested') as has_requested,
        bool_or(is_own_request) as has_own_request
    from measured.part_exclusions
    group by part_no
),

part_starts as (
    select
        part.part_no,
        bool_or(active.start_us > part.start_us or active.end_us < part.part_end_us) as is_partly_active
    from measured.parts as part
    inner join measured.active_spans as active on part.part_no = active.part_no
    group by part.part_no
),

terms as (
    select
        part.part_no,
        part.denominator,
        part.partial_period,
        part.unmeasured_time,
        part.switch_reading,
        part.part_no in (select disputed.part_no from disputed) as has_disputes,
        -- how many requests unmeasured time would have had, nobody knows
        part.kind <> 'request_ratio'
        and part.part_no in (select unmeasured.part_no from measured.part_unmeasured as unmeasured) as has_unmeasured,
        coalesce(exclusions.has_requested, false) as has_requested,
        coalesce(exclusions.has_own_request, false) as has_own_request,
        if(
            part.is_denominator_silent and coalesce(exclusions.has_applied, false),
            ['remove_from_both', 'count_as_up'],
            [part.denominator]
        ) as denominators,
        if(
            part.is_partial_period_silent and coalesce(part_starts.is_partly_active, false),
            ['active_only', 'full_window_deemed_up'],
            [part.partial_period]
        ) as partial_periods
    from measured.parts as part
    left join exclusions on part.part_no = exclusions.part_no
    left join part_starts on part.part_no = part_starts.part_no
),

denominators as (
    select
        part_no,
        switch_reading,
        denominator as stated_denominator,
        partial_period as stated_partial_period,
        unmeasured_time,
        partial_periods,
        unnest(denominators) as denominator
    from terms
),

readings as (
    select
        part_no,
        switch_reading,
        stated_denominator,
        stated_partial_period,
        unmeasured_time,
        denominator,
        unnest(partial_periods) as partial_period
    from denominators
),

judged as (
    select *
    from terms
    where switch_reading is null
),

variants as (
    select
        part_no,
        'headline' as variant,
        'default' as reading,
        denominator,
        partial_period,
        unmeasured_time,
        null as counted_dispute_id,
        null as taken_out_id
    from judged
    union all
    select
        part_no,
        'if_counted' as variant,
        'default' as reading,
        denominator,
        partial_period,
        unmeasured_time,
        '*' as counted_dispute_id,
        null as taken_out_id
    from judged
    where has_disputes
    union all
    select
        part_no,
        'if_excluded' as variant,
        'default' as reading,
        denominator,
        partial_period,
        unmeasured_time,
        null as counted_dispute_id,
        '*' as taken_out_id
    from judged
    where has_requested
    union all
    select
        part_no,
        'unknown_as_down' as variant,
        'default' as reading,
        denominator,
        partial_period,
        'down' as unmeasured_time,
        null as counted_dispute_id,
        null as taken_out_id
    from judged
    where has_unmeasured and unmeasured_time = 'unknown'
    union all
    select
        part_no,
        'other_reading' as variant,
        concat_ws(
            ',',
            if(denominator <> stated_denominator, 'denominator=' || denominator, null),
            switch_reading,
            if(partial_period <> stated_partial_period, 'partial_period=' || partial_period, null)
        ) as reading,
        denominator,
        partial_period,
        unmeasured_time,
        null as counted_dispute_id,
        null as taken_out_id
    from readings
    where denominator <> stated_denominator or partial_period <> stated_partial_period or switch_reading is not null
    union all
    select
        part_no,
        'own_request' as variant,
        'default' as reading,
        denominator,
        partial_period,
        unmeasured_time,
        null as counted_dispute_id,
        'own' as taken_out_id
    from judged
    where has_own_request
    union all
    select
        judged.part_no,
        'dispute' as variant,
        disputed.dispute_id as reading,
        judged.denominator,
        judged.partial_period,
        judged.unmeasured_time,
        disputed.dispute_id as counted_dispute_id,
        null as taken_out_id
    from judged
    inner join disputed on judged.part_no = disputed.part_no
    union all
    select distinct
        judged.part_no,
        'request' as variant,
        exclusion.exclusion_id as reading,
        judged.denominator,
        judged.partial_period,
        judged.unmeasured_time,
        null as counted_dispute_id,
        exclusion.exclusion_id as taken_out_id
    from judged
    inner join measured.part_exclusions as exclusion on judged.part_no = exclusion.part_no
    where exclusion.status in ('requested', 'rejected')
    union all
    select
        judged.part_no,
        unnest(['ours', 'theirs', 'agreed']) as variant,
        'default' as reading,
        judged.denominator,
        judged.partial_period,
        judged.unmeasured_time,
        unnest(['*', null, null]) as counted_dispute_id,
        null as taken_out_id
    from judged
    inner join measured.sided_parts as sided on judged.part_no = sided.part_no
)

select
    row_number() over (order by variants.part_no, variants.variant, variants.reading) as scope_no,
    variants.part_no,
    short_id(
        'R',
        json_array(
            part.contract_version_id,
            part.measure_id,
            part.service_id,
            part.scope,
            instant_text(part.window_start_at),
            instant_text(part.start_at),
            variants.variant,
            variants.reading
        )::varchar
    ) as result_id,
    variants.variant,
    variants.reading,
    variants.variant not in ('own_request', 'dispute', 'request', 'ours', 'theirs', 'agreed') as is_published,
    variants.denominator,
    variants.partial_period,
    variants.unmeasured_time,
    variants.counted_dispute_id,
    variants.taken_out_id,
    -- scope and time on one axis: an instant of a scope lies at instant + axis_us, so that joins of spans need no equality
    row_number() over (order by variants.part_no, variants.variant, variants.reading)
    * (max(part.end_us) over () - min(part.start_us) over () + 1)
    - min(part.start_us) over () as axis_us
from variants
inner join measured.parts as part on variants.part_no = part.part_no
