-- builds  measured.recurrence_quarters: one row per service, cause or signature, and quarter in which it occurred, as tables.yml has it
-- reads   incidents, recurrences, alert episodes, the policy's limit
-- rule    A6.2, M-03 across quarters (of UTC). A signature is what hit the same components and was told by the same monitoring rules, whoever
--         coded which cause: what repeats there under several causes, or under none, may be one fault. It recurs like a cause: within the
--         limit after the last one before it was restored
with rules as (
    select
        incident_id,
        list_sort(list_distinct(flatten(list(rule_ids)))) as rule_ids
    from reconciled.alert_episodes
    where incident_id is not null
    group by incident_id
),

incidents as (
    select
        incident.incident_id,
        incident.service_id,
        incident.cause_key,
        array_to_string(incident.component_ids, ' + ') || coalesce(': ' || nullif(array_to_string(rules.rule_ids, ' + '), ''), '') as signature,
        epoch_us(incident.occurred_at) as occurred_us,
        epoch_us(incident.restored_at) as restored_us,
        year(incident.occurred_at) * 4 + quarter(incident.occurred_at) - 1 as quarter_no,
        incident.down_us
    from reconciled.incidents as incident
    left join rules on incident.incident_id = rules.incident_id
    where incident.service_id is not null and incident.status <> 'cancelled'
),

restored as (
    select
        service_id,
        signature,
        restored_us
    from incidents
    where restored_us is not null
),

repeated as (
    select
        incident.service_id,
        'signature' as kind,
        incident.signature as key,
        incident.quarter_no,
        incident.down_us,
        coalesce(incident.occurred_us - earlier.restored_us <= policy.recurrence_us, false) as is_recurrent
    from incidents as incident
    asof left join restored as earlier
        on
            incident.service_id = earlier.service_id
            and incident.signature = earlier.signature
            and incident.occurred_us > earlier.restored_us
    cross join run.policy as policy
    where incident.signature <> ''
    union all
    select
        incident.service_id,
        'cause' as kind,
        incident.cause_key as key,
        incident.quarter_no,
        incident.down_us,
        coalesce(recurrence.is_recurrent, false) as is_recurrent
    from incidents as incident
    left join reconciled.recurrences as recurrence on incident.incident_id = recurrence.incident_id
    where incident.cause_key is not null
)

select
    service_id,
    kind,
    key,
    concat(quarter_no // 4, '-Q', quarter_no % 4 + 1) as quarter,
    count(*) as incidents,
    count(*) filter (where is_recurrent) as recurrent,
    sum(down_us)::bigint as down_us,
    coalesce(lag(quarter_no) over in_order = quarter_no - 1, false) as is_in_quarter_before
from repeated
group by service_id, kind, key, quarter_no
window in_order as (partition by service_id, kind, key order by quarter_no)
