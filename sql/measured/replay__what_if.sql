-- builds  measured.replay__what_if (written as measured.what_if): one row per level, target or credit that is compared, as tables.yml has it
-- reads   pairs of what was judged under the terms in force and under the others, their rows, the contract replayed
-- rule    K7: verdicts and money side by side; what only the other terms know stands under its id there
with statuses_before as (
    select result_id as subject_id, status, contract_version_id, null::decimal(18, 4) as payable, null as currency
    from run.base_sla_results
    union all
    select target_id as subject_id, status, contract_version_id, null as payable, null as currency
    from run.base_incident_targets
    qualify row_number() over (partition by target_id order by period desc) = 1
    union all
    select credit_id as subject_id, null as status, contract_version_id, payable, currency
    from run.base_credits
    qualify row_number() over (partition by credit_id order by period desc) = 1
),

statuses_after as (
    select result_id as subject_id, status, null::decimal(18, 4) as payable, null as currency
    from measured.sla_results
    union all
    select target_id as subject_id, status, null as payable, null as currency
    from measured.incident_targets
    qualify row_number() over (partition by target_id order by period desc) = 1
    union all
    select credit_id as subject_id, null as status, payable, currency
    from measured.credits
    qualify row_number() over (partition by credit_id order by period desc) = 1
)

select
    replay.contract_id,
    coalesce(before.contract_version_id, replay.baseline_version_id) as baseline_version_id,
    replay.other_sha256,
    pair.period,
    pair.subject_kind,
    coalesce(pair.before_id, pair.after_id) as subject_id,
    pair.service_id,
    pair.measure_id,
    before.status as status_before,
    after.status as status_after,
    before.payable as payable_before,
    after.payable as payable_after,
    coalesce(before.currency, after.currency) as currency
from measured.replay__pairs as pair
cross join run.replay as replay
left join statuses_before as before on pair.before_id = before.subject_id
left join statuses_after as after on pair.after_id = after.subject_id
