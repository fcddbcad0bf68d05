-- builds  reconciled.ranked_pairs (working table): one row per candidate pair, with its standing on both sides
-- reads   scored pairs
-- rule    4.1 step 6: a pair is compared with the other candidates of the same kind that each side has; ties by score, then earliest start, then
--         smallest raw id. It is a mutual best if it is the best on both sides; a ticket's or vendor record's lead over its next one counts. With an
--         episode it is one if it is the record's best and a ticket was not opened before the machines saw anything; a provider may well
--         say that it began before that (4.2). `is_likeliest`: of two tickets or vendor records chance explains no other candidate of
--         either side less
with standings as (
    select
        pair_scores.*,
        row_number() over from_left as left_rank,
        row_number() over from_right as right_rank,
        row_number() over (
            partition by left_no, right_entity
            order by by_chance, score desc, right_start_us, right_raw_id
        ) as left_likeliest,
        row_number() over (
            partition by right_no, left_entity
            order by by_chance, score desc, left_start_us, left_raw_id
        ) as right_likeliest,
        coalesce(lead(score) over from_left, 0) as left_next,
        coalesce(lead(score) over from_right, 0) as right_next
    from reconciled.pair_scores as pair_scores
    window
        from_left as (partition by left_no, right_entity order by score desc, right_start_us asc, right_raw_id asc),
        from_right as (partition by right_no, left_entity order by score desc, left_start_us asc, left_raw_id asc)
)

select
    left_no,
    right_no,
    left_entity,
    right_entity,
    left_raw_id,
    right_raw_id,
    left_start_us,
    right_start_us,
    overlap,
    opening,
    start_proximity,
    component,
    text_or_cause,
    score,
    by_chance,
    left_rank = 1 and if(right_entity = 'episode', is_left_later or left_entity = 'vendor_record', right_rank = 1) as is_mutual_best,
    left_likeliest = 1 and right_likeliest = 1 as is_likeliest,
    least(score - left_next, if(right_entity = 'episode', score, score - right_next))::decimal(9, 6) as lead
from standings
