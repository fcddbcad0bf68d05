-- builds  measured.bad_runs (working table): one row per way of judging what is down, component and unbroken run of bad time, with the samples
--         that bound it
-- reads   bad pieces, how many rules must say so
-- rule    3.7: several rules on one component: down if any says down, or as many as confirmed_by asks for; adjacent minutes are one run. R-GR8 what
--         n rules lose at one instant is the n-th largest of their shares
with confirmations as (
    select distinct
        terms_no,
        confirmed_by
    from measured.sample_terms
    where kind = 'availability'
),

shares as (
    select distinct
        terms_no,
        component_id,
        weight
    from measured.bad_pieces
    where terms_no in (select confirmations.terms_no from confirmations)
),

-- where several must agree, who says more says less too
said as (
    select
        piece.terms_no,
        piece.component_id,
        share.weight,
        piece.weight > share.weight as is_more,
        piece.raw_id,
        piece.start_us,
        piece.end_us,
        piece.is_few
    from measured.bad_pieces as piece
    inner join confirmations as confirmation on piece.terms_no = confirmation.terms_no
    inner join shares as share
        on
            piece.terms_no = share.terms_no
            and piece.component_id = share.component_id
            and if(confirmation.confirmed_by > 1, piece.weight >= share.weight, piece.weight = share.weight)
),

edges as (
    select
        terms_no,
        component_id,
        weight,
        is_more::integer as more,
        unnest([start_us, end_us]) as edge_us,
        unnest([1, -1]) as step
    from said
    where not is_few
),

steps as (
    select
        terms_no,
        component_id,
        weight,
        edge_us,
        sum(step) as step,
        sum(step * more) as more_step
    from edges
    group by terms_no, component_id, weight, edge_us
    having sum(step) <> 0 or sum(step * more) <> 0
),

states as (
    select
        steps.terms_no,
        steps.component_id,
        steps.weight,
        steps.edge_us,
        sum(steps.step) over so_far >= confirmation.confirmed_by
        and sum(steps.more_step) over so_far < confirmation.confirmed_by as is_bad
    from steps
    inner join confirmations as confirmation on steps.terms_no = confirmation.terms_no
    window so_far as (partition by steps.terms_no, steps.component_id, steps.weight order by steps.edge_us)
),

turns as (
    select
        *,
        is_bad <> coalesce(lag(is_bad) over so_far, false) as is_turn
    from states
    window so_far as (partition by terms_no, component_id, weight order by edge_us)
),

runs as (
    select
        terms_no,
        component_id,
        weight,
        is_bad,
        edge_us as start_us,
        lead(edge_us) over (partition by terms_no, component_id, weight order by edge_us) as end_us
    from turns
    where is_turn
),

starts as (
    select
        terms_no,
        component_id,
        weight,
        start_us,
        min(raw_id) as raw_id
    from said
    group by terms_no, component_id, weight, start_us
),

ends as (
    select
        terms_no,
        component_id,
        weight,
        end_us,
        min(raw_id) as raw_id
    from said
    group by terms_no, component_id, weight, end_us
)

select
    runs.terms_no,
    runs.component_id,
    runs.weight,
    runs.start_us,
    runs.end_us,
    -- a run also begins where another's larger share ends, and ends where it begins
    list_sort(
        list_distinct([coalesce(starts.raw_id, larger_ends.raw_id), coalesce(ends.raw_id, larger_starts.raw_id)])
    ) as raw_ids
from runs
left join starts
    on
        runs.terms_no = starts.terms_no
        and runs.component_id = starts.component_id
        and runs.weight = starts.weight
        and runs.start_us = starts.start_us
left join ends
    on
        runs.terms_no = ends.terms_no
        and runs.component_id = ends.component_id
        and runs.weight = ends.weight
        and runs.end_us = ends.end_us
left join ends as larger_ends
    on
        runs.terms_no = larger_ends.terms_no
        and runs.component_id = larger_ends.component_id
        and runs.weight = larger_ends.weight
        and runs.start_us = larger_ends.end_us
left join starts as larger_starts
    on
        runs.terms_no = larger_starts.terms_no
        and runs.component_id = larger_starts.component_id
        and runs.weight = larger_starts.weight
        and runs.end_us = larger_starts.start_us
where runs.is_bad
