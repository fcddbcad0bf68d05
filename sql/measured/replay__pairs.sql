-- builds  measured.replay__pairs (working table): one row per level, target or credit of a contract replayed, under the terms in force, the other
--         terms, or both; `before_id`, `after_id` name its rows
-- reads   results, targets and credits of the months under the terms in force (run.base_*) and under the others (measured), the contract replayed
-- rule    K7: a level is the same by measure, service, scope and period (of several parts the one that begins nearest); a target by incident,
--         ticket, measure and severity, whatever month it falls in; a credit by what it follows from, part by part
with levels_before as (
    select level.*
    from run.base_sla_results as level
    semi join run.replay as replay on level.contract_id = replay.contract_id
    where level.variant = 'headline' and level.reading = 'default'
),

levels_after as (
    select level.*
    from measured.sla_results as level
    semi join run.replay as replay on level.contract_id = replay.contract_id
    where level.variant = 'headline' and level.reading = 'default'
),

levels as (
    select
        before.result_id as before_id,
        after.result_id as after_id
    from levels_before as before
    inner join levels_after as after
        on
            before.measure_id = after.measure_id
            and before.service_id = after.service_id
            and before.scope = after.scope
            and before.period = after.period
    qualify
        row_number() over (
            partition by before.result_id
            order by abs(epoch_us(before.start_at) - epoch_us(after.start_at)), after.result_id
        ) = 1
),

-- a running one is listed by every month: its last listing counts
targets_before as (
    select target.*
    from run.base_incident_targets as target
    semi join run.replay as replay on target.contract_id = replay.contract_id
    qualify row_number() over (partition by target.target_id order by target.period desc) = 1
),

targets_after as (
    select target.*
    from measured.incident_targets as target
    semi join run.replay as replay on target.contract_id = replay.contract_id
    qualify row_number() over (partition by target.target_id order by target.period desc) = 1
),

credits_before as (
    select credit.*
    from run.base_credits as credit
    semi join run.replay as replay on credit.contract_id = replay.contract_id
    where credit.variant = 'headline' and credit.reading = 'default'
    qualify row_number() over (partition by credit.credit_id order by credit.period desc) = 1
),

credits_after as (
    select credit.*
    from measured.credits as credit
    semi join run.replay as replay on credit.contract_id = replay.contract_id
    where credit.variant = 'headline' and credit.reading = 'default'
    qualify row_number() over (partition by credit.credit_id order by credit.period desc) = 1
),

causes as (
    select
        false as is_after,
        credit_id,
        unnest(list_concat(sla_result_ids, target_ids)) as cause_id
    from credits_before
    union all
    select
        true as is_after,
        credit_id,
        unnest(list_concat(sla_result_ids, target_ids)) as cause_id
    from credits_after
),

names as (
    select
        false as is_after,
        result_id as cause_id,
        concat_ws(
            '|', measure_id, service_id, scope, period, row_number() over (partition by measure_id, service_id, scope, period order by start_at)
        ) as name
    from levels_before
    union all
    select
        true as is_after,
        result_id as cause_id,
        concat_ws(
            '|', measure_id, service_id, scope, period, row_number() over (partition by measure_id, service_id, scope, period order by start_at)
        ) as name
    from levels_after
    union all
    select false as is_after, target_id as cause_id, concat_ws('|', measure_id, incident_id, ticket_key, severity) as name
    from targets_before
    union all
    select true as is_after, target_id as cause_id, concat_ws('|', measure_id, incident_id, ticket_key, severity) as name
    from targets_after
),

subjects as (
    select
        causes.is_after,
        causes.credit_id,
        string_agg(distinct names.name, ';' order by names.name) as subject
    from causes
    inner join names on causes.is_after = names.is_after and causes.cause_id = names.cause_id
    group by causes.is_after, causes.credit_id
),

owed_before as (
    select credit.credit_id, credit.measure_id, credit.service_id, credit.period, credit.currency, subject.subject
    from credits_before as credit
    inner join subjects as subject on credit.credit_id = subject.credit_id and not subject.is_after
),

owed_after as (
    select credit.credit_id, credit.measure_id, credit.service_id, credit.period, credit.currency, subject.subject
    from credits_after as credit
    inner join subjects as subject on credit.credit_id = subject.credit_id and subject.is_after
)

select
    'sla_result' as subject_kind,
    before.period,
    before.service_id,
    before.measure_id,
    before.result_id as before_id,
    levels.after_id
from levels_before as before
left join levels on before.result_id = levels.before_id
union all
select
    'sla_result' as subject_kind,
    after.period,
    after.service_id,
    after.measure_id,
    null as before_id,
    after.result_id as after_id
from levels_after as after
anti join levels on after.result_id = levels.after_id
union all
select
    'incident_target' as subject_kind,
    coalesce(before.period, after.period) as period,
    coalesce(before.service_id, after.service_id) as service_id,
    coalesce(before.measure_id, after.measure_id) as measure_id,
    before.target_id as before_id,
    after.target_id as after_id
from targets_before as before
full join targets_after as after
    on
        before.incident_id = after.incident_id
        and before.ticket_key = after.ticket_key
        and before.measure_id = after.measure_id
        and before.severity = after.severity
union all
select
    'credit' as subject_kind,
    coalesce(before.period, after.period) as period,
    coalesce(before.service_id, after.service_id) as service_id,
    coalesce(before.measure_id, after.measure_id) as measure_id,
    before.credit_id as before_id,
    after.credit_id as after_id
from owed_before as before
full join owed_after as after
    on
        before.measure_id = after.measure_id
        and before.service_id = after.service_id
        and before.subject = after.subject
        and before.currency is not distinct from after.currency
