-- builds  measured.bad_runs (working table): one row per way of judging what is down, component and unbroken run of bad time, with the samples
--         that bound it
-- reads   bad pieces, how many rules must say so
-- rule    3.7: several rules on one component: down if any says down, or as many as confirmed_by asks for; adjacent minutes are one run
with confirmations as (
    select distinct
        terms_no,
        confirmed_by
    from measured.sample_terms
    where kind = 'availability'
),

edges as (
    select
        terms_no,
        component_id,
        weight,
        unnest([start_us, end_us]) as edge_us,
        unnest([1, -1]) as step
    from measured.bad_pieces
    where not is_few and terms_no in (select confirmations.terms_no from confirmations)
),

steps as (
    select
        terms_no,
        component_id,
        weight,
        edge_us,
        sum(step) as step
    from edges
    group by terms_no, component_id, weight, edge_us
    having sum(step) <> 0
),

states as (
    select
        steps.terms_no,
        steps.component_id,
        steps.weight,
        steps.edge_us,
        sum(steps.step) over so_far >= confirmation.confirmed_by as is_bad
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
    from measured.bad_pieces
    where terms_no in (select confirmations.terms_no from confirmations)
    group by terms_no, component_id, weight, start_us
),

ends as (
    select
        terms_no,
        component_id,
        weight,
        end_us,
        min(raw_id) as raw_id
    from measured.bad_pieces
    where terms_no in (select confirmations.terms_no from confirmations)
    group by terms_no, component_id, weight, end_us
)

select
    runs.terms_no,
    runs.component_id,
    runs.weight,
    runs.start_us,
    runs.end_us,
    list_sort(list_distinct([starts.raw_id, ends.raw_id])) as raw_ids
from runs
inner join starts
    on
        runs.terms_no = starts.terms_no
        and runs.component_id = starts.component_id
        and runs.weight = starts.weight
        and runs.start_us = starts.start_us
inner join ends
    on
        runs.terms_no = ends.terms_no
        and runs.component_id = ends.component_id
        and runs.weight = ends.weight
        and runs.end_us = ends.end_us
where runs.is_bad
