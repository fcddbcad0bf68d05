-- builds  measured.dispute_sheet: one row per component and span in which a side calls it down, as tables.yml has it
-- reads   what both sides say piece by piece, the spans behind it, credits by position, the parts
-- rule    K4. A component that several results count bears on the one with most money between the positions. Degraded time is up here: it is no
--         outage (R-PO1). Neighbours that say the same are one span. Amounts are credits of the whole result, the same in each of its rows;
--         null where the result earns no credit, its fee is unknown, or it counts requests instead of time
with amounts as (
    select
        part_no,
        max(amount) filter (where position = 'ours') as payable_ours,
        max(amount) filter (where position = 'theirs') as payable_theirs,
        max(amount) filter (where position = 'agreed') as payable_agreed,
        max(currency) as currency
    from measured.position_amounts
    group by part_no
),

stakes as (
    select
        part.provider_id,
        piece.component_id,
        part.contract_id,
        part.measure_id,
        part.service_id,
        part.scope,
        max(
            greatest(amount.payable_ours, amount.payable_theirs, amount.payable_agreed)
            - least(amount.payable_ours, amount.payable_theirs, amount.payable_agreed)
        ) as stake,
        max(greatest(amount.payable_ours, amount.payable_theirs)) as most,
        min(part.kind <> 'availability') as is_of_requests
    from measured.side_pieces as piece
    inner join measured.parts as part on piece.part_no = part.part_no
    left join amounts as amount on piece.part_no = amount.part_no
    group by part.provider_id, piece.component_id, part.contract_id, part.measure_id, part.service_id, part.scope
),

borne as (
    select *
    from stakes
    qualify
        row_number() over (
            partition by provider_id, component_id
            order by stake desc nulls last, most desc nulls last, is_of_requests, contract_id, measure_id, service_id, scope
        ) = 1
),

pieces as (
    select
        borne.provider_id,
        borne.component_id,
        borne.service_id,
        part.part_no,
        part.headline_id as result_id,
        piece.start_us,
        piece.end_us,
        if(piece.ours = 'degraded', 'up', piece.ours) as ours,
        piece.theirs
    from borne
    inner join measured.parts as part
        on
            borne.provider_id = part.provider_id
            and borne.contract_id = part.contract_id
            and borne.measure_id = part.measure_id
            and borne.service_id = part.service_id
            and borne.scope = part.scope
    inner join measured.side_pieces as piece on part.part_no = piece.part_no and borne.component_id = piece.component_id
    where piece.ours = 'down' or piece.theirs = 'down'
),

marked as (
    select
        *,
        (
            lag(end_us) over by_time is distinct from start_us
            or lag(ours) over by_time is distinct from ours
            or lag(theirs) over by_time is distinct from theirs
        )::bigint as begins_span
    from pieces
    window by_time as (partition by part_no, component_id order by start_us)
),

numbered as (
    select
        *,
        sum(begins_span) over (partition by part_no, component_id order by start_us) as span_no
    from marked
),

spans as (
    select
        provider_id,
        component_id,
        service_id,
        part_no,
        result_id,
        ours,
        theirs,
        min(start_us) as start_us,
        max(end_us) as end_us
    from numbered
    group by provider_id, component_id, service_id, part_no, result_id, ours, theirs, span_no
),

witnesses as (
    select
        span.part_no,
        span.component_id,
        span.start_us,
        unnest(said.raw_ids) as raw_id
    from spans as span
    inner join reconciled.side_spans as said
        on
            span.component_id = said.component_id
            and (said.side = 'ours' or span.provider_id = said.provider_id)
            and span.start_us < said.end_us
            and span.end_us > said.start_us
    where said.state = 'down'
),

records as (
    select
        part_no,
        component_id,
        start_us,
        list(distinct raw_id order by raw_id) as raw_ids
    from witnesses
    where raw_id is not null
    group by part_no, component_id, start_us
)

select
    span.provider_id,
    span.component_id,
    span.service_id,
    make_timestamptz(span.start_us) as start_at,
    make_timestamptz(span.end_us) as end_at,
    span.ours,
    span.theirs,
    case
        when span.ours <> 'down' then 'theirs_only'
        when span.theirs <> 'down' then 'ours_only'
        else 'agreed'
    end as agreement,
    span.end_us - span.start_us as length_us,
    coalesce(records.raw_ids, []) as raw_ids,
    span.result_id,
    amount.payable_ours,
    amount.payable_theirs,
    amount.payable_agreed,
    if(coalesce(amount.payable_ours, amount.payable_theirs, amount.payable_agreed) is null, null, amount.currency) as currency
from spans as span
left join records
    on span.part_no = records.part_no and span.component_id = records.component_id and span.start_us = records.start_us
left join amounts as amount on span.part_no = amount.part_no
