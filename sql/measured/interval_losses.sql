-- builds  measured.interval_losses (working table): one row per window part of a mean of error rates and piece of a sample that loses some of it,
--         clipped to the part: each microsecond loses loss / scale
-- reads   pieces of failing samples, ways of judging them
-- rule    R-GR6 (E60): each interval weighs by its time that counts and loses its error rate of it. Exact where the rates of a part have a common
--         denominator of at most 10^12, else every rate is cut off there, never to our favour
with recursive pieces as (
    select
        terms.part_no,
        piece.component_id,
        greatest(piece.start_us, terms.start_us) as start_us,
        least(piece.end_us, terms.end_us) as end_us,
        piece.loss_num,
        piece.loss_den
    from measured.bad_pieces as piece
    inner join measured.sample_terms as terms on piece.terms_no = terms.terms_no and piece.component_id = terms.component_id
    where terms.kind = 'error_rate' and piece.start_us < terms.end_us and piece.end_us > terms.start_us
),

denominators as (
    select
        part_no,
        loss_den,
        row_number() over (partition by part_no order by loss_den) as place
    from pieces
    group by part_no, loss_den
),

multiples as (
    select
        part_no,
        place,
        loss_den::hugeint as scale
    from denominators
    where place = 1
    union all
    select
        next_one.part_no,
        next_one.place,
        lcm(multiples.scale, next_one.loss_den::hugeint) as scale
    from multiples
    inner join denominators as next_one on multiples.part_no = next_one.part_no and multiples.place + 1 = next_one.place
    where multiples.scale <= 1000000000000
),

scales as (
    select
        part_no,
        least(max(scale), 1000000000000) as scale
    from multiples
    group by part_no
)

select
    pieces.part_no,
    pieces.component_id,
    pieces.start_us,
    pieces.end_us,
    scales.scale,
    pieces.loss_num * scales.scale // pieces.loss_den as loss
from pieces
inner join scales on pieces.part_no = scales.part_no
