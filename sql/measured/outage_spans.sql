-- builds  measured.outage_spans (working table): one row per window part, component and outage interval that the measure counts as
--         unavailable, clipped to the part, and of user minutes cut where the number of users changes; `weight_ppm` is what is lost, in
--         millionths of the service, or of one user
-- reads   outage intervals and users hit, what single rules saw, incidents, bad and failing time in samples, tickets, the parts and their
--         components, their users
-- rule    R-AV3 clip at window edges; R-CL4 outage_clock_start moves the start, and an outage whose clock never started counts nothing;
--         unavailable_when: severity reads severity_max; R-GR5 where error rates decide, samples speak by their rates instead of their states, and
--         others where no samples cover; R-PO1 weights; R-PO3 users hit: the number stated, else the share of all users
with intervals as (
    select
        outage.incident_id,
        outage.component_id,
        outage.start_at,
        outage.end_at,
        outage.state,
        outage.weight,
        users.affected_users,
        outage.basis,
        null as severity,
        null as terms_no,
        null as part_no
    from reconciled.outage_intervals as outage
    left join reconciled.outage_users as users
        on
            outage.incident_id = users.incident_id
            and outage.component_id = users.component_id
            and outage.start_at = users.start_at
            and outage.weight = users.weight
    union all
    select
        incident_id,
        unnest(if(len(component_ids) = 0, [service_id], component_ids)) as component_id,
        occurred_at as start_at,
        restored_at as end_at,
        'severity' as state,
        1 as weight,
        null as affected_users,
        if(outage_basis = 'none', 'ticket', outage_basis) as basis,
        severity_max as severity,
        null as terms_no,
        null as part_no
    from reconciled.incidents
    where severity_max is not null and status <> 'cancelled'
    union all
    select
        link.incident_id,
        bad.component_id,
        make_timestamptz(bad.start_us) as start_at,
        make_timestamptz(bad.end_us) as end_at,
        'down' as state,
        bad.weight,
        null as affected_users,
        'monitoring' as basis,
        null as severity,
        bad.terms_no,
        null as part_no
    from measured.bad_runs as bad
    left join measured.run_incidents as link
        on bad.terms_no = link.terms_no and bad.component_id = link.component_id and bad.start_us = link.start_us
    union all
    select
        incident_id,
        component_id,
        make_timestamptz(start_us) as start_at,
        make_timestamptz(end_us) as end_at,
        'down' as state,
        1 as weight,
        null as affected_users,
        'monitoring' as basis,
        null as severity,
        null as terms_no,
        part_no
    from measured.failing_spans
),

told as (
    select
        node.part_no,
        span.* exclude (severity, terms_no, part_no)
    from measured.part_nodes as node
    inner join measured.parts as part on node.part_no = part.part_no
    inner join intervals as span on node.component_id = span.component_id
    left join measured.sample_terms as terms on node.part_no = terms.part_no and node.component_id = terms.component_id
    where
        case
            when span.terms_no is not null then coalesce(span.terms_no = terms.terms_no, false)
            when part.kind in ('error_rate', 'request_ratio') or span.part_no is not null then coalesce(span.part_no = part.part_no, false)
            when terms.terms_no is not null and (part.is_by_rule or span.basis = 'monitoring' or span.severity is not null) then false
            when terms.terms_no is not null and part.partial_outage = 'binary' then span.state = 'down'
            when part.unavailable_rule = 'severity' then coalesce(span.severity <= part.severity_at_least, false)
            when span.severity is not null or part.is_by_rule then false
            when part.partial_outage = 'binary' then list_contains(part.unavailable_states, span.state)
            else true
        end
        and span.start_at < part.end_at
        and (span.end_at is null or span.end_at > part.start_at)
    union all
    select
        part_no,
        incident_id,
        component_id,
        start_at,
        end_at,
        state,
        weight,
        affected_users,
        'monitoring' as basis
    from measured.confirmed_outages
),

counted as (
    select
        part.part_no,
        span.component_id,
        span.incident_id,
        span.basis,
        part.start_us as part_start_us,
        part.end_us as part_end_us,
        case part.outage_clock_start
            when 'occurred' then span.start_at
            when 'detected' then greatest(span.start_at, clock.detected_at)
            when 'reported_to_provider' then greatest(span.start_at, clock.reported_to_provider_at)
            when 'ticket_opened' then greatest(span.start_at, clock.opened_at)
        end as start_at,
        case part.outage_clock_start
            when 'detected' then clock.detected_at is not null
            when 'reported_to_provider' then clock.reported_to_provider_at is not null
            when 'ticket_opened' then clock.opened_at is not null
            else true
        end as is_started,
        coalesce(span.end_at, context.as_of) as end_at,
        if(span.end_at is null, context.as_of >= part.window_end_at, span.end_at > part.window_end_at) as is_open_at_window_end,
        ppm(
            case part.partial_outage
                when 'binary' then 1
                when 'state_weights' then if(span.state = 'degraded', part.weight_degraded, part.weight_down)
                else span.weight
            end
        ) as share_ppm,
        span.affected_users
    from told as span
    inner join measured.parts as part on span.part_no = part.part_no
    left join measured.incident_starts as clock on span.incident_id = clock.incident_id
    cross join run.context as context
),

clipped as (
    select
        part_no,
        component_id,
        incident_id,
        basis,
        greatest(epoch_us(start_at), part_start_us) as start_us,
        least(epoch_us(end_at), part_end_us) as end_us,
        share_ppm,
        affected_users,
        is_open_at_window_end
    from counted
    where is_started
),

weighed as (
    select
        clipped.part_no,
        clipped.component_id,
        clipped.incident_id,
        clipped.basis,
        greatest(clipped.start_us, users.start_us) as start_us,
        least(clipped.end_us, users.end_us) as end_us,
        case
            when users.users is null then clipped.share_ppm
            when clipped.affected_users is not null then least(clipped.affected_users, users.users) * 1000000
            else clipped.share_ppm * users.users
        end as weight_ppm,
        clipped.is_open_at_window_end
    from clipped
    left join measured.part_users as users
        on clipped.part_no = users.part_no and clipped.start_us < users.end_us and clipped.end_us > users.start_us
)

select
    part_no,
    component_id,
    incident_id,
    basis,
    start_us,
    end_us,
    weight_ppm,
    is_open_at_window_end
from weighed
where weight_ppm > 0 and start_us < end_us
