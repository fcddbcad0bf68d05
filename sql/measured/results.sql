-- builds  measured.results (working table): one row per scope, judged: exact value, verdict, and flags that need no money to be known
-- reads   downtime, users x time, what requests and hours say, scopes, parts, evidence, the policy's limits on unmeasured time, and what the
--         gate blocks
-- rule    R-AV1 exact value; R-GR6 of requests: E120 without a sample that says how many failed there is no evidence; R-PO3 shares of user
--         minutes, none where the number of users is unknown: their `weighted_ppm_us` is the downtime of an average user, floored; R-AV4
--         compared exactly, or rounded first where the contract says so; R-AV5 nothing to measure; R-GR8, DQ-13 no `met` on too much
--         unmeasured time; a gate's block turns met into insufficient evidence, never a proved breach
with exact as (
    select
        down.scope_no,
        down.part_no,
        scope.result_id,
        scope.variant,
        scope.reading,
        scope.is_published,
        scope.unmeasured_time,
        part.service_id,
        part.target,
        part.comparator,
        part.round_places,
        part.round_mode,
        down.agreed_us,
        down.gross_us,
        down.excluded_us,
        down.disputed_us,
        down.unmeasured_us,
        down.down_us,
        down.outages,
        down.is_weighted,
        down.lost_ppm_us,
        part.partial_outage = 'user_minutes' as is_of_users,
        users.user_us,
        down.agreed_us
        - if(scope.denominator = 'remove_from_both', down.outside_us, 0)
        - if(scope.unmeasured_time = 'remove_from_base', down.unmeasured_us, 0) as base_us
    from measured.downtime as down
    inner join measured.scopes as scope on down.scope_no = scope.scope_no
    inner join measured.parts as part on down.part_no = part.part_no
    left join measured.user_minutes as users on down.scope_no = users.scope_no
),

-- the value as what was lost of what: time in millionths of a microsecond, or what requests and hours say
lost as (
    select
        exact.* exclude (lost_ppm_us),
        exact.is_of_users and exact.base_us > 0 and exact.user_us is null as is_of_unknown_users,
        counted.scope_no is not null as is_counted,
        coalesce(counted.has_evidence, true) or part.kind = 'waiver' as has_evidence,
        coalesce(counted.lost_ppm_us, exact.lost_ppm_us) as weighted_ppm_us,
        coalesce(counted.among, if(exact.is_of_users, exact.user_us, exact.base_us) * coalesce(counted.scale, 1000000::hugeint)) as among,
        coalesce(
            counted.lost
            + if(part.kind = 'error_rate' and exact.unmeasured_time = 'down', exact.unmeasured_us * counted.scale, 0),
            exact.lost_ppm_us::hugeint
        ) as lost
    from exact
    inner join measured.parts as part on exact.part_no = part.part_no
    left join measured.counted_values as counted on exact.scope_no = counted.scope_no
),

valued as (
    select
        *,
        if(among > 0, greatest(among - lost, 0), null) as num_ppm,
        if(among > 0, among, null) as den_ppm
    from lost
),

blocked as (
    select distinct part.part_no
    from run.quality_blocks as block
    inner join measured.parts as part on block.service_id = part.service_id and block.period = part.period
    where block.blocks = 'met'
),

compared as (
    select
        valued.*,
        case
            when valued.base_us = 0 or valued.den_ppm is null or valued.target is null then null
            else reaches(valued.num_ppm, valued.den_ppm, valued.target, valued.comparator, valued.round_places, valued.round_mode)
        end as is_met,
        blocked.part_no is not null as is_blocked,
        valued.unmeasured_us::hugeint * 1000000 > valued.agreed_us::hugeint * ppm(policy.unmeasured_warn_above) as is_unmeasured,
        valued.unmeasured_time = 'unknown'
        and valued.unmeasured_us::hugeint * 1000000 > valued.agreed_us::hugeint * ppm(policy.unmeasured_block_above) as is_too_unmeasured
    from valued
    left join blocked on valued.part_no = blocked.part_no
    cross join run.policy as policy
),

judged as (
    select
        *,
        case
            when is_of_unknown_users or (target is not null and not has_evidence) then 'insufficient_evidence'
            when is_met is null then 'not_applicable'
            when not is_met then 'breached'
            when is_blocked or is_too_unmeasured then 'insufficient_evidence'
            else 'met'
        end as status,
        -- the verdict if the target were reached
        if(is_blocked or is_too_unmeasured, 'insufficient_evidence', 'met') as status_if_met
    from compared
),

whole_windows as (
    select
        part.contract_id,
        part.measure_id,
        part.service_id,
        part.scope,
        part.window_start_at,
        list(distinct judged.status order by judged.status) as statuses
    from judged
    inner join measured.parts as part on judged.part_no = part.part_no
    where part.switch_reading is not null
    group by part.contract_id, part.measure_id, part.service_id, part.scope, part.window_start_at
),

neighbours as (
    select
        part_no,
        coalesce(bool_or(status = 'breached') filter (where variant = 'if_counted'), false) as is_breached_if_counted,
        list(distinct status order by status) filter (where variant = 'other_reading') as other_statuses
    from judged
    group by part_no
)

select
    judged.scope_no,
    judged.part_no,
    judged.result_id,
    judged.variant,
    judged.reading,
    judged.is_published,
    judged.comparator,
    judged.target,
    if(judged.is_weighted or judged.is_counted, judged.num_ppm, judged.num_ppm // 1000000)::decimal(38, 0) as value_num,
    if(judged.is_weighted or judged.is_counted, judged.den_ppm, judged.den_ppm // 1000000)::decimal(38, 0) as value_den,
    floored_pct(judged.num_ppm, judged.den_ppm) as value_pct,
    judged.status,
    judged.status_if_met,
    judged.agreed_us,
    judged.base_us,
    judged.down_us,
    judged.gross_us,
    judged.excluded_us,
    judged.disputed_us,
    judged.unmeasured_us,
    case
        when not judged.is_of_users then judged.weighted_ppm_us
        when judged.den_ppm is null then 0
        else portion(judged.den_ppm - judged.num_ppm, judged.den_ppm, judged.base_us) * 1000000
    end::decimal(38, 0) as weighted_ppm_us,
    if(judged.is_counted, null, judged.base_us::hugeint * (100000000 - ppm(judged.target)) // 100000000)::bigint as allowance_us,
    judged.outages,
    evidence.basis,
    list_filter(
        [
            if(judged.variant = 'headline' and judged.status = 'met' and neighbours.is_breached_if_counted, 'MET_ONLY_BY_DISPUTE', null),
            if(few.part_no is not null, 'MIN_REQUESTS', null),
            if(evidence.is_without_monitoring, 'NO_MONITORING', null),
            if(evidence.is_open_at_window_end, 'OPEN_AT_WINDOW_END', null),
            if(part.is_provisional, 'PROVISIONAL', null),
            if(judged.is_blocked, 'QUALITY_BLOCKED', null),
            if(
                judged.variant = 'headline'
                and len(
                    list_filter(
                        list_concat(neighbours.other_statuses, whole.statuses), lambda other: other <> judged.status
                    )
                ) > 0,
                'READINGS_DIFFER',
                null
            ),
            if(judged.is_unmeasured, 'UNMEASURED', null)
        ],
        lambda flag: flag is not null
    ) as flags
from judged
inner join measured.parts as part on judged.part_no = part.part_no
inner join measured.part_evidence as evidence on judged.part_no = evidence.part_no
inner join neighbours on judged.part_no = neighbours.part_no
left join measured.few_requests as few on judged.part_no = few.part_no
left join whole_windows as whole
    on
        part.contract_id = whole.contract_id
        and part.measure_id = whole.measure_id
        and part.service_id = whole.service_id
        and part.scope = whole.scope
        and part.window_start_at = whole.window_start_at
