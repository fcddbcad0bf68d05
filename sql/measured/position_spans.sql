-- builds  measured.position_spans (working table): one row per window part, position, component and span in which the position departs from what
--         is reconciled: `denied` was not down, `asserted` was down, by `weight_ppm` as outage_spans has it
-- reads   what both sides say piece by piece, vendor records, incidents, tickets, the parts and their users
-- rule    K4. `ours`: what only they call down was up. `theirs`: what they do not call down was up where their feed speaks, and what they call down
--         was down. `agreed`: only what both call down was. Where a side is unknown, what is reconciled stands. What a contract lets count
--         holds for their word too: its rules of monitoring, its severity, its clock's start (R-CL4), its weights (R-PO1, R-PO3)
with denied as (
    select
        part_no,
        unnest(
            list_filter(
                [
                    if(ours = 'up' and theirs = 'down', 'ours', null),
                    if(theirs = 'up', 'theirs', null),
                    if((ours = 'down' and theirs = 'down') or (ours = 'unknown' and theirs <> 'down'), null, 'agreed')
                ],
                lambda position: position is not null
            )
        ) as position,
        component_id,
        start_us,
        end_us
    from measured.side_pieces
),

said as (
    select
        piece.part_no,
        piece.component_id,
        span.incident_id,
        span.affected_users,
        case part.outage_clock_start
            when 'occurred' then 0
            when 'detected' then coalesce(epoch_us(clock.detected_at), never_us())
            when 'reported_to_provider' then coalesce(epoch_us(clock.reported_to_provider_at), never_us())
            when 'ticket_opened' then coalesce(epoch_us(clock.opened_at), never_us())
        end as clock_us,
        greatest(piece.start_us, span.start_us) as start_us,
        least(piece.end_us, span.end_us) as end_us,
        ppm(
            case part.partial_outage
                when 'binary' then 1
                when 'state_weights' then part.weight_down
                else span.weight
            end
        ) as share_ppm
    from measured.side_pieces as piece
    inner join measured.parts as part on piece.part_no = part.part_no
    inner join reconciled.side_spans as span
        on
            piece.component_id = span.component_id
            and part.provider_id = span.provider_id
            and piece.start_us < span.end_us
            and piece.end_us > span.start_us
    left join measured.incident_starts as clock on span.incident_id = clock.incident_id
    where
        piece.theirs = 'down'
        and span.state = 'down'
        and part.kind = 'availability'
        and not part.is_by_rule
        and part.unavailable_rule <> 'severity'
        and (part.partial_outage <> 'binary' or list_contains(part.unavailable_states, 'down'))
),

asserted as (
    select
        said.part_no,
        said.component_id,
        said.incident_id,
        greatest(said.start_us, said.clock_us, coalesce(users.start_us, 0)) as start_us,
        least(said.end_us, coalesce(users.end_us, said.end_us)) as end_us,
        case
            when users.users is null then said.share_ppm
            when said.affected_users is not null then least(said.affected_users, users.users) * 1000000
            else said.share_ppm * users.users
        end as weight_ppm
    from said
    left join measured.part_users as users
        on said.part_no = users.part_no and said.start_us < users.end_us and said.end_us > users.start_us
)

select
    denied.part_no,
    denied.position,
    'denied' as kind,
    denied.component_id,
    null as incident_id,
    denied.start_us,
    denied.end_us,
    0 as weight_ppm
from denied
inner join measured.parts as part on denied.part_no = part.part_no
where part.kind = 'availability'
union all
select distinct
    part_no,
    'theirs' as position,
    'asserted' as kind,
    component_id,
    incident_id,
    start_us,
    end_us,
    weight_ppm
from asserted
where start_us < end_us and weight_ppm > 0
