-- builds  reconciled.pause_intervals: one row per ticket and claimed pause, as tables.yml has it
-- reads   ticket history, tickets of incidents, requests that customers could see, incidents, terms of incidents of the contracts in force
-- rule    R-PA1: pauses are not allowed unless a contract says so, for its reasons; a pause is the time in a waiting_* state. R-PA2: its evidence
--         is a request that the customer could see inside the span. Equal instants are ordered by seq; a state that lasted no time is no pause
with states as (
    select
        source_system,
        ticket_key,
        lower(new) as state,
        epoch_us(changed_at) as start_us,
        lead(epoch_us(changed_at)) over (partition by source_system, ticket_key order by changed_at, seq) as end_us
    from staged.ticket_history
    where field = 'state'
),

pauses as (
    select
        ticket.incident_id,
        states.source_system,
        states.ticket_key,
        states.start_us,
        states.end_us,
        states.state as reason
    from states
    inner join reconciled.incident_tickets as ticket
        on states.source_system = ticket.source_system and states.ticket_key = ticket.ticket_key
    where
        states.state in ('waiting_customer', 'waiting_vendor', 'waiting_other')
        and (states.end_us is null or states.start_us < states.end_us)
),

allowed as (
    select distinct
        incident.incident_id,
        unnest(terms.pause_reasons) as reason
    from reconciled.incidents as incident
    inner join run.measures as measure on incident.service_id = measure.service_id
    inner join run.incident_terms as terms
        on measure.contract_version_id = terms.contract_version_id and measure.measure_id = terms.measure_id
    inner join run.contract_versions as version
        on
            terms.contract_version_id = version.contract_version_id
            and incident.occurred_at >= version.effective_from
            and (version.effective_to is null or incident.occurred_at < version.effective_to)
)

select
    pauses.ticket_key,
    pauses.incident_id,
    moment(pauses.start_us) as start_at,
    moment(pauses.end_us) as end_at,
    pauses.reason,
    case
        when count(allowed.reason) = 0 then 'not_allowed'
        when count(requests.raw_id) = 0 then 'unsupported'
        else 'supported'
    end as status,
    min_by(requests.raw_id, (requests.sent_us, requests.raw_id)) as evidence_raw_id
from pauses
left join reconciled.customer_requests as requests
    on
        pauses.ticket_key = requests.ticket_key
        and (requests.source_system is null or pauses.source_system = requests.source_system)
        and pauses.start_us <= requests.sent_us
        and coalesce(pauses.end_us, never_us()) > requests.sent_us
left join allowed on pauses.incident_id = allowed.incident_id and pauses.reason = allowed.reason
group by pauses.source_system, pauses.ticket_key, pauses.incident_id, pauses.start_us, pauses.end_us, pauses.reason
