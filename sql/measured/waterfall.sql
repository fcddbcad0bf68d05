-- builds  measured.waterfall: one row per headline result and step from gross to net downtime, where there was any
-- reads   headline results, shares of exclusions, exclusions as tested, disputed outages
-- rule    K10: gross downtime, what each kind of exclusion and open dispute took out, what granularity changed, net downtime
with headlines as (
    select
        scope_no,
        part_no,
        result_id,
        gross_us,
        disputed_us,
        down_us,
        down_us - (gross_us - excluded_us - disputed_us) as regrained_us
    from measured.results
    where variant = 'headline' and (gross_us > 0 or down_us > 0)
),

disputed as (
    select distinct
        part_no,
        unnest(dispute_ids) as dispute_id
    from measured.outage_pieces
),

disputes as (
    select
        part_no,
        list(dispute_id order by dispute_id) as dispute_ids
    from disputed
    group by part_no
),

steps as (
    select
        result_id,
        'gross' as step,
        gross_us as delta_us,
        null as approver_role,
        []::varchar[] as evidence
    from headlines
    union all
    select
        headline.result_id,
        share.type as step,
        -sum(share.excluded_us)::bigint as delta_us,
        if(count(distinct exclusion.approver_role) = 1, min(exclusion.approver_role), null) as approver_role,
        list(share.exclusion_id order by share.exclusion_id) as evidence
    from headlines as headline
    inner join measured.exclusion_shares as share on headline.scope_no = share.scope_no
    inner join reconciled.exclusions as exclusion on share.exclusion_id = exclusion.exclusion_id
    group by headline.result_id, share.type
    union all
    select
        headline.result_id,
        'disputed' as step,
        -headline.disputed_us as delta_us,
        null as approver_role,
        disputes.dispute_ids as evidence
    from headlines as headline
    inner join disputes on headline.part_no = disputes.part_no
    where headline.disputed_us > 0
    union all
    select
        result_id,
        'granularity' as step,
        regrained_us as delta_us,
        null as approver_role,
        []::varchar[] as evidence
    from headlines
    where regrained_us <> 0
    union all
    select
        result_id,
        'net' as step,
        down_us as delta_us,
        null as approver_role,
        []::varchar[] as evidence
    from headlines
)

select
    result_id,
    row_number() over (
        partition by result_id
        order by
            list_position(
                [
                    'gross', 'pre_approved_maintenance', 'emergency_maintenance', 'customer_caused', 'force_majeure', 'third_party',
                    'exception', 'disputed', 'granularity', 'net'
                ],
                step
            )
    ) as step_no,
    step,
    delta_us,
    approver_role,
    evidence
from steps
