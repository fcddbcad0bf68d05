-- builds  measured.clocks (working table): one row per incident, measure of incidents and reading of what its text leaves open
-- reads   incidents, tickets of record, reopenings, ticket history, terms of incidents, measures and contract versions
-- rule    R-CL1 to R-CL4 starts and stops; R-RD1 readings of silent terms, where they can differ; R-VE1 the version in force at the clock start;
--         R-RE1. A start that is not known is taken from the ticket's opening, else from what was detected or occurred: flag ANCHOR_FALLBACK.
--         `is_stop_lost`: the incident is over and nobody wrote down when this clock stopped
with measures as (
    select distinct
        contract_version_id,
        contract_id,
        measure_id,
        clock,
        clock_start,
        is_clock_start_silent,
        severity_change,
        is_severity_change_silent,
        stop,
        reopen_us
    from run.incident_terms
),

governed as (
    select
        terms.*,
        measure.service_id,
        epoch_us(version.effective_from) as in_force_us,
        coalesce(epoch_us(version.effective_to), never_us()) as until_us
    from measures as terms
    inner join run.measures as measure
        on terms.contract_version_id = measure.contract_version_id and terms.measure_id = measure.measure_id
    inner join run.contract_versions as version on terms.contract_version_id = version.contract_version_id
),

acknowledged as (
    select
        ticket.incident_id,
        min(epoch_us(change.changed_at)) as at_us
    from reconciled.clock_tickets as ticket
    inner join staged.ticket_history as change
        on ticket.source_system = change.source_system and ticket.ticket_key = change.ticket_key
    where
        (change.field = 'comment' and change.is_public)
        or (change.field = 'state' and lower(change.new) not in ('new', 'cancelled', 'reopened'))
    group by ticket.incident_id
),

instants as (
    select
        incident.incident_id,
        incident.service_id,
        incident.status,
        ticket.ticket_key,
        ticket.opened_us,
        epoch_us(incident.occurred_at) as occurred_us,
        epoch_us(incident.detected_at) as detected_us,
        epoch_us(incident.reported_to_provider_at) as reported_us,
        least(epoch_us(incident.reported_to_provider_at), epoch_us(incident.provider_detected_at)) as informed_us,
        least(
            epoch_us(incident.reported_to_provider_at), epoch_us(incident.provider_detected_at), epoch_us(incident.detected_at)
        ) as earliest_us,
        epoch_us(incident.acknowledged_at) as acknowledged_us,
        least(epoch_us(incident.acknowledged_at), acknowledged.at_us) as any_acknowledged_us,
        epoch_us(incident.mitigated_at) as mitigated_us,
        epoch_us(incident.restored_at) as restored_us,
        epoch_us(incident.resolved_at) as resolved_us,
        epoch_us(incident.closed_at) as closed_us
    from reconciled.incidents as incident
    left join reconciled.clock_tickets as ticket on incident.incident_id = ticket.incident_id
    left join acknowledged on incident.incident_id = acknowledged.incident_id
    where incident.status <> 'cancelled'
),

started as (
    select
        instants.*,
        governed.* exclude (service_id, until_us),
        governed.until_us as version_until_us,
        case governed.clock_start
            when 'informed_or_own_detection' then instants.informed_us
            when 'earliest_detected_or_reported' then instants.earliest_us
            when 'detected' then instants.detected_us
            when 'reported_to_provider' then instants.reported_us
            when 'ticket_opened' then instants.opened_us
            else instants.occurred_us
        end as known_start_us,
        coalesce(instants.opened_us, instants.detected_us, instants.occurred_us) as fallback_us,
        case governed.stop
            when 'human_acknowledgement' then instants.acknowledged_us
            when 'any_acknowledgement' then instants.any_acknowledged_us
            when 'restored' then instants.restored_us
            when 'mitigated' then coalesce(instants.mitigated_us, instants.restored_us)
            when 'resolved' then instants.resolved_us
            else instants.closed_us
        end as last_stop_us,
        case governed.clock when 'response' then instants.restored_us when 'resolve' then instants.closed_us end as over_us
    from instants
    inner join governed on instants.service_id = governed.service_id
),

reopened as (
    select
        started.incident_id,
        started.contract_version_id,
        started.measure_id,
        min(if(started.clock = 'restore', reopening.restored_us, reopening.resolved_us)) as stop_us
    from started
    inner join measured.reopenings as reopening on started.incident_id = reopening.incident_id
    where
        started.clock in ('restore', 'resolve')
        and reopening.reopened_us - if(started.clock = 'restore', reopening.restored_us, reopening.resolved_us) > started.reopen_us
    group by started.incident_id, started.contract_version_id, started.measure_id
),

in_force as (
    select
        started.* exclude (last_stop_us),
        coalesce(started.known_start_us, started.fallback_us) as default_start_us,
        started.known_start_us is null as is_fallback,
        coalesce(reopened.stop_us, started.last_stop_us) as stop_us
    from started
    left join reopened
        on
            started.incident_id = reopened.incident_id
            and started.contract_version_id = reopened.contract_version_id
            and started.measure_id = reopened.measure_id
    where
        coalesce(started.known_start_us, started.fallback_us) >= started.in_force_us
        and coalesce(started.known_start_us, started.fallback_us) < started.version_until_us
),

changing as (
    select incident_id
    from measured.severity_spans
    group by incident_id
    having count(*) > 1
),

readings as (
    select
        in_force.*,
        unnest(
            if(
                is_clock_start_silent and earliest_us is distinct from known_start_us and earliest_us is not null,
                [null, 'earliest_detected_or_reported'],
                [null]
            )
        ) as other_start
    from in_force
),

combined as (
    select
        readings.*,
        unnest(
            if(
                readings.is_severity_change_silent and changing.incident_id is not null,
                [null, 'reset_on_change'],
                [null]
            )
        ) as other_change
    from readings
    left join changing on readings.incident_id = changing.incident_id
)

select
    row_number() over (
        order by
            combined.incident_id,
            combined.contract_version_id,
            combined.measure_id,
            combined.other_start nulls first,
            combined.other_change nulls first
    ) as clock_no,
    combined.incident_id,
    coalesce(combined.ticket_key, '-') as ticket_key,
    combined.contract_id,
    combined.contract_version_id,
    combined.measure_id,
    combined.clock,
    combined.service_id,
    coalesce(
        nullif(
            concat_ws(
                ',',
                'clock_start=' || combined.other_start,
                'severity_change=' || combined.other_change
            ),
            ''
        ),
        'default'
    ) as reading,
    coalesce(combined.other_change, combined.severity_change) as severity_change,
    if(combined.other_start is null, combined.default_start_us, combined.earliest_us) as start_us,
    case
        when combined.other_start is not null then combined.other_start
        when not combined.is_fallback then combined.clock_start
        when combined.opened_us is not null then 'ticket_opened'
        when combined.detected_us is not null then 'detected'
        else 'occurred'
    end as start_basis,
    combined.is_fallback and combined.other_start is null as is_fallback,
    -- what came before the clock's start stopped it as it began
    if(
        combined.stop_us is null,
        null,
        greatest(combined.stop_us, if(combined.other_start is null, combined.default_start_us, combined.earliest_us))
    ) as stop_us,
    combined.stop_us is null and combined.over_us is not null as is_stop_lost,
    greatest(
        coalesce(combined.stop_us, combined.over_us, epoch_us(context.as_of)),
        if(combined.other_start is null, combined.default_start_us, combined.earliest_us)
    ) as end_us
from combined
cross join run.context as context
where if(combined.other_start is null, combined.default_start_us, combined.earliest_us) < epoch_us(context.as_of)
