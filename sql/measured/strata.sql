-- builds  measured.strata (working table): one row per window part and weight that occurs in it. A measure of weighted time is the sum over
--         strata of share x (time in which something of at least that weight is down): the maximum weight at each instant, by layers
-- reads   outage pieces, what positions assert, unmeasured spans, the parts
-- rule    R-PO1 binary measures have one stratum of share 1; R-PO2 the maximum weight counts; sum_capped sums weights inside one stratum.
--         R-GR8 unmeasured time that counts as down weighs in full, so that it needs the layer that ends there
with weights as (
    select distinct
        piece.part_no,
        piece.weight_ppm
    from measured.outage_pieces as piece
    inner join measured.parts as part on piece.part_no = part.part_no
    where part.partial_outage <> 'binary' and part.overlap_weight = 'max'
    union
    select
        position.part_no,
        position.weight_ppm
    from measured.position_spans as position
    inner join measured.parts as part on position.part_no = part.part_no
    where position.kind = 'asserted' and part.partial_outage <> 'binary' and part.overlap_weight = 'max'
    union
    select
        unmeasured.part_no,
        unmeasured.weight_ppm
    from measured.part_unmeasured as unmeasured
    inner join measured.parts as part on unmeasured.part_no = part.part_no
    where part.partial_outage <> 'binary' and part.overlap_weight = 'max'
),

layers as (
    select
        part_no,
        row_number() over by_weight as stratum,
        weight_ppm as at_least,
        weight_ppm - lag(weight_ppm, 1, 0) over by_weight as share_ppm
    from weights
    window by_weight as (partition by part_no order by weight_ppm)
)

select
    part.part_no,
    coalesce(layers.stratum, 1) as stratum,
    coalesce(layers.at_least, 0) as at_least,
    coalesce(layers.share_ppm, 1000000) as share_ppm
from measured.parts as part
left join layers on part.part_no = layers.part_no
