-- builds  published.restatements: one row per changed value of the month and cause, as tables.yml has it
-- reads   headline results, targets of incidents, credits and claims of this run and of the last sealed pack (run.base_…), what is new since
--         (run.causes)
-- rule    R-RS1 status, tier, payable amount and a level that moves must be told; DOMAIN 4.4: several causes share a row each, not the sum
-- seen    another version of a contract has other ids: what both sides say is paired by what it is about, credits that have no other of their
--         id by their order within it
with results as (
    select
        *,
        [contract_id, measure_id, service_id, scope, window_start_at::varchar, start_at::varchar] as subject
    from (
        select 'before' as side, before.* from run.base_sla_results as before
        union all by name
        select 'now' as side, now.* from measured.sla_results as now
    )
    where variant = 'headline' and reading = 'default'
    qualify row_number() over (partition by side, result_id order by result_version desc) = 1
),

targets as (
    select 'before' as side, before.* from run.base_incident_targets as before
    union all by name
    select 'now' as side, now.* from measured.incident_targets as now
),

credit_lines as (
    select
        *,
        count(distinct side) over (partition by credit_id) = 2 as is_in_both
    from (
        select 'before' as side, before.* from run.base_credits as before
        union all by name
        select 'now' as side, now.* from measured.credits as now
    )
    where variant = 'headline' and reading = 'default'
),

credits as (
    select
        line.*,
        coalesce(result.result_version, 1) as version,
        row_number() over (
            partition by line.side, line.contract_id, line.measure_id, line.service_id, line.period, line.is_in_both
            order by line.contract_version_id, line.credit_id
        ) as place
    from credit_lines as line
    left join results as result on line.side = result.side and line.sla_result_ids[1] = result.result_id
),

claims as (
    select *
    from (
        select 'before' as side, before.* from run.base_claims as before
        union all by name
        select 'now' as side, now.* from measured.claims as now
    )
    qualify row_number() over (partition by side, claim_id order by version desc) = 1
),

said as (
    select
        side,
        'sla_result' as object_kind,
        result_id as object_id,
        subject,
        contract_id,
        service_id,
        period,
        result_version as version,
        null as currency,
        unnest([
            {'name': 'status', 'value': status},
            {'name': 'value_pct', 'value': value_pct::varchar},
            {'name': 'target', 'value': target::varchar},
            {'name': 'down_us', 'value': down_us::varchar},
            {'name': 'excluded_us', 'value': excluded_us::varchar},
            {'name': 'disputed_us', 'value': disputed_us::varchar},
            {'name': 'unmeasured_us', 'value': unmeasured_us::varchar}
        ]) as value
    from results
    union all
    select
        side,
        'incident_target' as object_kind,
        target_id as object_id,
        [contract_id, measure_id, incident_id, ticket_key, severity] as subject,
        contract_id,
        service_id,
        period,
        1 as version,
        null as currency,
        unnest([
            {'name': 'status', 'value': status},
            {'name': 'target_us', 'value': target_us::varchar},
            {'name': 'elapsed_us', 'value': elapsed_us::varchar},
            {'name': 'over_us', 'value': over_us::varchar}
        ]) as value
    from targets
    union all
    select
        side,
        'credit' as object_kind,
        credit_id as object_id,
        [contract_id, measure_id, service_id, period, is_in_both::varchar, place::varchar] as subject,
        contract_id,
        service_id,
        period,
        version,
        currency,
        unnest([
            {'name': 'tier', 'value': tier},
            {'name': 'payable', 'value': payable::varchar},
            {'name': 'claimable', 'value': claimable::varchar}
        ]) as value
    from credits
    union all
    select
        side,
        'claim' as object_kind,
        claim_id as object_id,
        [claim_id] as subject,
        contract_id,
        service_id,
        period,
        version,
        currency,
        unnest([
            {'name': 'state', 'value': state},
            {'name': 'amount', 'value': amount::varchar},
            {'name': 'last_day', 'value': last_day::varchar}
        ]) as value
    from claims
),

changes as (
    select
        object_kind,
        subject,
        value.name as column_name,
        -- what it is called and belongs to now, else what it did before
        max_by(object_id, side) as object_id,
        max_by(contract_id, side) as contract_id,
        max_by(service_id, side) as service_id,
        max_by(period, side) as period,
        max_by(currency, side) as currency,
        max(version) filter (where side = 'before') as old_version,
        max(version) filter (where side = 'now') as new_version,
        max(value.value) filter (where side = 'before') as old_value,
        max(value.value) filter (where side = 'now') as new_value
    from said
    group by object_kind, subject, value.name
    having old_value is distinct from new_value
),

-- whether a level moved by as much as must be told, by its exact values
moves as (
    select
        before.subject,
        moved_by(before.value_num, before.value_den, now.value_num, now.value_den, base.min_change_pct_points) as is_moved
    from results as before
    inner join results as now on before.subject = now.subject
    cross join run.base as base
    where before.side = 'before' and now.side = 'now'
),

-- what a change of money does to the claim for it (R-RS2, R-RS3)
claim_states as (
    select
        claim.contract_id,
        claim.service_id,
        claim.period,
        bool_or(claim.state = 'settled') as is_settled,
        bool_or(claim.side = 'before' and claim.state in ('filed', 'acknowledged', 'approved', 'partly_approved', 'rejected')) as is_filed,
        bool_and(claim.deadline_at <= context.as_of) as is_late
    from claims as claim
    cross join run.context as context
    group by claim.contract_id, claim.service_id, claim.period
),

amounts as (
    select
        *,
        coalesce(new_value::decimal(18, 4), 0) - coalesce(old_value::decimal(18, 4), 0) as moved
    from changes
    where column_name = 'payable'
)

select
    changes.object_kind,
    changes.object_id,
    changes.contract_id,
    changes.service_id,
    changes.period,
    base.run_id as old_run_id,
    coalesce(changes.old_version, 0)::bigint as old_version,
    coalesce(changes.new_version, changes.old_version + 1)::bigint as new_version,
    changes.column_name,
    changes.old_value,
    changes.new_value,
    causes.cause,
    causes.cause_ref,
    causes.share::decimal(18, 6) as share_of_change,
    if(causes.share = 1, amount.moved, null)::decimal(18, 4) as payable_delta,
    changes.currency,
    -- a level that came or went has moved
    if(changes.column_name = 'value_pct', coalesce(moves.is_moved, true), list_contains(base.always_if, changes.column_name)) as is_mandatory,
    case
        when amount.moved < 0 and claim.is_settled then 'clawback_candidate'
        when amount.moved > 0 and claim.is_late then 'not_claimable'
        when amount.moved <> 0 and claim.is_filed and not claim.is_late then 'new_claim_version'
        else 'none'
    end as consequence
from changes
cross join run.base as base
cross join run.causes as causes
left join amounts as amount
    on changes.object_kind = amount.object_kind and changes.subject = amount.subject and changes.column_name = amount.column_name
left join moves on changes.object_kind = 'sla_result' and changes.subject = moves.subject
left join claim_states as claim
    on
        changes.contract_id = claim.contract_id
        and changes.service_id = claim.service_id
        and changes.period = claim.period
