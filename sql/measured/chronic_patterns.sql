-- builds  measured.chronic_patterns: one row per service and cause that keeps coming back, as tables.yml has it
-- reads   incidents, problem records, the policy's limits
-- rule    A6.6, C-44: a redesign is put up for decision by what keeps coming, never by one incident: where a pattern is there in consecutive
--         quarters and nothing was decided, or came back after it was to be fixed or watched.
--         DOMAIN 1, M-04: at least `incidents` within a rolling span, or present in consecutive quarters (of UTC); members are all incidents of the
--         service and cause
with incidents as (
    select
        incident_id,
        service_id,
        cause_key,
        occurred_at,
        epoch_us(occurred_at) as occurred_us,
        year(occurred_at) * 4 + quarter(occurred_at) - 1 as quarter_no,
        down_us
    from reconciled.incidents
    where service_id is not null and cause_key is not null and status <> 'cancelled'
),

ranked as (
    select
        incident.*,
        limits.within_us,
        limits.quarters,
        row_number() over in_order as place,
        dense_rank() over (partition by incident.service_id, incident.cause_key order by incident.quarter_no) as quarter_place,
        limits.incidents as incidents_needed
    from incidents as incident
    cross join measured.chronic_limits as limits
    window in_order as (partition by incident.service_id, incident.cause_key order by incident.occurred_us, incident.incident_id)
),

close_ones as (
    select distinct
        late.service_id,
        late.cause_key
    from ranked as late
    inner join ranked as early
        on
            late.service_id = early.service_id
            and late.cause_key = early.cause_key
            and late.place = early.place + early.incidents_needed - 1
    where late.occurred_us - early.occurred_us < late.within_us
),

quarters_in_a_row as (
    select
        service_id,
        cause_key
    from ranked
    group by service_id, cause_key, quarter_no - quarter_place, quarters
    having count(distinct quarter_no) >= quarters
),

lasting as (
    select distinct
        service_id,
        cause_key
    from quarters_in_a_row
),

chronic as (
    select
        service_id,
        cause_key
    from close_ones
    union
    select
        service_id,
        cause_key
    from lasting
),

problems as (
    select
        cause_key,
        service_id,
        problem_key,
        decision,
        decided_at
    from staged.problem
    qualify row_number() over (partition by cause_key, service_id order by opened_at desc, problem_key asc, raw_id asc) = 1
),

patterns as (
    select
        chronic.service_id,
        chronic.cause_key,
        list(incident.incident_id order by incident.incident_id) as incident_ids,
        min(incident.occurred_at) as start_at,
        max(incident.occurred_at) as end_at,
        sum(incident.down_us)::bigint as down_us,
        list_sort(list(distinct concat(incident.quarter_no // 4, '-Q', incident.quarter_no % 4 + 1))) as quarters,
        min(coalesce(own.problem_key, shared.problem_key)) as problem_key,
        min(coalesce(own.decision, shared.decision)) as decision,
        bool_or(lasting.service_id is not null) as is_lasting,
        count(*) filter (where incident.occurred_at > coalesce(own.decided_at, shared.decided_at)) as incidents_since
    from chronic
    inner join incidents as incident on chronic.service_id = incident.service_id and chronic.cause_key = incident.cause_key
    left join problems as own on chronic.cause_key = own.cause_key and chronic.service_id = own.service_id
    left join problems as shared on chronic.cause_key = shared.cause_key and shared.service_id is null
    left join lasting on chronic.service_id = lasting.service_id and chronic.cause_key = lasting.cause_key
    group by chronic.service_id, chronic.cause_key
)

select
    service_id,
    cause_key,
    incident_ids,
    start_at,
    end_at,
    down_us,
    quarters,
    problem_key,
    decision,
    is_lasting,
    incidents_since,
    case
        when decision = 'redesign' then 'redesign_decided'
        when decision = 'accept_risk' then 'risk_accepted'
        when is_lasting and (coalesce(decision, 'none') = 'none' or incidents_since > 0) then 'decide_redesign'
        when problem_key is null then 'open_problem'
        else 'keep_watching'
    end as recommendation
from patterns
