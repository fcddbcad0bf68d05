-- builds  published.credit_fates (working table): one row per headline credit with an amount, or with one not known, and per part of it that
--         can or cannot be claimed: `fate` says which
-- reads   headline credits, their claims and results, our own undecided requests
-- rule    UNSIGNED_CONTRACT: no claim without both signatures; R-EX4 no claim on time that our own undecided flag speaks of; R-RD1 a claim takes
--         the lowest reading; R-DL3 a claim after its deadline has lapsed; what a credit without claim may be claimed of is paid unasked. Of
--         several claims on one service and window, one for each incident, the first that is still to file speaks for all. R-GR7 what the
--         provider waives itself is never claimed
with own_requests as (
    select coalesce(list(effect.result_id), []) as result_ids
    from measured.exclusion_effects as effect
    inner join reconciled.exclusions as exclusion on effect.exclusion_id = exclusion.exclusion_id
    where exclusion.status = 'requested' and exclusion.type = 'customer_caused'
),

waivers as (
    select coalesce(list(result_id), []) as result_ids
    from measured.sla_results
    where kind = 'waiver'
),

standing_claims as (
    select
        *,
        case
            when state in ('draft', 'ready') then 'claimable'
            when state in ('lapsed', 'waived') then state
            else 'claimed'
        end as fate
    from measured.claims
    qualify row_number() over (partition by claim_id order by version desc) = 1
),

newest_claims as (
    select
        contract_id,
        service_id,
        period,
        last_day,
        fate
    from standing_claims
    qualify
        row_number() over (
            partition by contract_id, service_id, period
            order by list_position(['claimable', 'claimed', 'lapsed', 'waived'], fate), last_day, claim_id
        ) = 1
),

credits as (
    select
        credit.credit_id,
        credit.contract_version_id,
        credit.service_id,
        credit.currency,
        credit.payable,
        coalesce(credit.claimable, 0) as claimable,
        claim.last_day,
        coalesce(claim.fate, 'automatic') as fate,
        case
            when credit.payable is null then 'unknown'
            when list_has_any(credit.sla_result_ids, waivers.result_ids) then 'given'
            when list_contains(credit.flags, 'UNSIGNED_CONTRACT') then 'unsigned'
            when list_contains(credit.flags, 'QUALITY_BLOCKED') then 'blocked'
            when list_has_any(credit.sla_result_ids, own_requests.result_ids) then 'own_request'
            else 'reading'
        end as reason
    from measured.credits as credit
    cross join own_requests
    cross join waivers
    left join newest_claims as claim
        on
            credit.contract_id = claim.contract_id
            and credit.service_id = claim.service_id
            and credit.period = claim.period
            and credit.claimable > 0
    where credit.variant = 'headline' and credit.reading = 'default' and credit.currency is not null
),

parted as (
    select
        *,
        if(fate in ('lapsed', 'waived'), payable, claimable) as amount,
        fate as part
    from credits
    where claimable > 0
    union all
    select
        *,
        payable - claimable as amount,
        reason as part
    from credits
    where payable is null or (claimable < payable and fate not in ('lapsed', 'waived'))
)

select
    credit_id,
    contract_version_id,
    service_id,
    currency,
    part as fate,
    amount,
    if(part = fate, last_day, null) as last_day
from parted
