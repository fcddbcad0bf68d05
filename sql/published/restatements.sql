-- builds  published.restatements: one row per changed value of the month and cause, as tables.yml has it
-- reads   headline results, credits and claims of this run and of the last sealed pack (run.base_…), what is new since (run.causes)
-- rule    R-RS1 status, tier, payable amount and a level that moves must be told; DOMAIN 4.4: several causes share a row each, not the sum
-- seen    another version of a contract has other ids: results are paired by what they judge, credits that have no other of their id by their
--         order within it
with results_before as (
    select *
    from run.base_sla_results
    where variant = 'headline' and reading = 'default'
    qualify row_number() over (partition by result_id order by result_version desc) = 1
),

results_now as (
    select * from measured.sla_results
    where variant = 'headline' and reading = 'default'
),

changed_results as (
    select
        'sla_result' as object_kind,
        coalesce(now.result_id, before.result_id) as object_id,
        coalesce(now.contract_id, before.contract_id) as contract_id,
        coalesce(now.service_id, before.service_id) as service_id,
        coalesce(now.period, before.period) as period,
        coalesce(before.result_version, 0) as old_version,
        coalesce(now.result_version, before.result_version + 1) as new_version,
        null as currency,
        [
            {'name': 'status', 'old': before.status, 'new': now.status},
            {'name': 'value_pct', 'old': before.value_pct::varchar, 'new': now.value_pct::varchar},
            {'name': 'target', 'old': before.target::varchar, 'new': now.target::varchar},
            {'name': 'down_us', 'old': before.down_us::varchar, 'new': now.down_us::varchar},
            {'name': 'excluded_us', 'old': before.excluded_us::varchar, 'new': now.excluded_us::varchar},
            {'name': 'disputed_us', 'old': before.disputed_us::varchar, 'new': now.disputed_us::varchar},
            {'name': 'unmeasured_us', 'old': before.unmeasured_us::varchar, 'new': now.unmeasured_us::varchar}
        ] as said
    from results_before as before
    full outer join results_now as now
        on
            before.contract_id = now.contract_id
            and before.measure_id = now.measure_id
            and before.service_id = now.service_id
            and before.scope = now.scope
            and before.window_start_at = now.window_start_at
            and before.start_at = now.start_at
),

credit_lines as (
    select
        'before' as side,
        credit.*,
        coalesce(result.result_version, 1) as version
    from run.base_credits as credit
    left join results_before as result on credit.sla_result_ids[1] = result.result_id
    where credit.variant = 'headline' and credit.reading = 'default'
    union all by name
    select
        'now' as side,
        credit.*,
        coalesce(result.result_version, 1) as version
    from measured.credits as credit
    left join results_now as result on credit.sla_result_ids[1] = result.result_id
    where credit.variant = 'headline' and credit.reading = 'default'
),

known_credits as (
    select
        *,
        count(distinct side) over (partition by credit_id) = 2 as is_in_both
    from credit_lines
),

placed_credits as (
    select
        *,
        row_number() over (
            partition by side, contract_id, measure_id, service_id, period, is_in_both
            order by contract_version_id, credit_id
        ) as place
    from known_credits
),

credits_before as (
    select * from placed_credits
    where side = 'before'
),

credits_now as (
    select * from placed_credits
    where side = 'now'
),

changed_credits as (
    select
        'credit' as object_kind,
        coalesce(now.credit_id, before.credit_id) as object_id,
        coalesce(now.contract_id, before.contract_id) as contract_id,
        coalesce(now.service_id, before.service_id) as service_id,
        coalesce(now.period, before.period) as period,
        coalesce(before.version, 0) as old_version,
        coalesce(now.version, before.version + 1) as new_version,
        coalesce(now.currency, before.currency) as currency,
        [
            {'name': 'tier', 'old': before.tier, 'new': now.tier},
            {'name': 'payable', 'old': before.payable::varchar, 'new': now.payable::varchar},
            {'name': 'claimable', 'old': before.claimable::varchar, 'new': now.claimable::varchar}
        ] as said
    from credits_before as before
    full outer join credits_now as now
        on
            before.contract_id = now.contract_id
            and before.measure_id = now.measure_id
            and before.service_id = now.service_id
            and before.period = now.period
            and before.is_in_both = now.is_in_both
            and before.place = now.place
),

claims_before as (
    select * from run.base_claims
    qualify row_number() over (partition by claim_id order by version desc) = 1
),

claims_now as (
    select * from measured.claims
    qualify row_number() over (partition by claim_id order by version desc) = 1
),

changed_claims as (
    select
        'claim' as object_kind,
        coalesce(now.claim_id, before.claim_id) as object_id,
        coalesce(now.contract_id, before.contract_id) as contract_id,
        coalesce(now.service_id, before.service_id) as service_id,
        coalesce(now.period, before.period) as period,
        coalesce(before.version, 0) as old_version,
        coalesce(now.version, before.version + 1) as new_version,
        coalesce(now.currency, before.currency) as currency,
        [
            {'name': 'state', 'old': before.state, 'new': now.state},
            {'name': 'amount', 'old': before.amount::varchar, 'new': now.amount::varchar},
            {'name': 'last_day', 'old': before.last_day::varchar, 'new': now.last_day::varchar}
        ] as said
    from claims_before as before
    full outer join claims_now as now on before.claim_id = now.claim_id
),

told as (
    select * exclude (said), unnest(said) as value from changed_results
    union all
    select * exclude (said), unnest(said) as value from changed_credits
    union all
    select * exclude (said), unnest(said) as value from changed_claims
),

changes as (
    select
        told.* exclude (value),
        value.name as column_name,
        value.old as old_value,
        value.new as new_value,
        if(
            value.name in ('value_pct', 'payable', 'claimable', 'amount'),
            coalesce(value.new, '0')::decimal(24, 6) - coalesce(value.old, '0')::decimal(24, 6),
            null
        ) as moved
    from told
    where value.old is distinct from value.new
),

-- what a change of money does to the claim for it (R-RS2, R-RS3)
claim_states as (
    select
        coalesce(now.contract_id, before.contract_id) as contract_id,
        coalesce(now.service_id, before.service_id) as service_id,
        coalesce(now.period, before.period) as period,
        bool_or(coalesce(before.state = 'settled', false)) as is_settled,
        bool_or(coalesce(before.state in ('filed', 'acknowledged', 'approved', 'partly_approved', 'rejected'), false)) as is_filed,
        bool_and(coalesce(now.deadline_at, before.deadline_at) <= context.as_of) as is_late
    from claims_before as before
    full outer join claims_now as now on before.claim_id = now.claim_id
    cross join run.context as context
    group by all
)

select
    changes.object_kind,
    changes.object_id,
    changes.contract_id,
    changes.service_id,
    changes.period,
    base.run_id as old_run_id,
    changes.old_version::bigint as old_version,
    changes.new_version::bigint as new_version,
    changes.column_name,
    changes.old_value,
    changes.new_value,
    causes.cause,
    causes.cause_ref,
    causes.share::decimal(18, 6) as share_of_change,
    if(changes.column_name = 'payable' and causes.share = 1, changes.moved, null)::decimal(18, 4) as payable_delta,
    changes.currency,
    case
        when changes.column_name = 'value_pct' then abs(changes.moved) >= base.min_change_pct_points
        else list_contains(base.always_if, changes.column_name)
    end as is_mandatory,
    case
        when changes.column_name <> 'payable' then 'none'
        when changes.moved < 0 and claim.is_settled then 'clawback_candidate'
        when changes.moved > 0 and claim.is_late then 'not_claimable'
        when claim.is_filed and not claim.is_late then 'new_claim_version'
        else 'none'
    end as consequence
from changes
cross join run.base as base
cross join run.causes as causes
left join claim_states as claim
    on
        changes.contract_id = claim.contract_id
        and changes.service_id = claim.service_id
        and changes.period = claim.period
