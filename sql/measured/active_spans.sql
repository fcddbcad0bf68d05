-- builds  measured.active_spans (working table): one row per window part and span in which its service was in the catalogue, clipped to the
--         whole part, running or not
-- reads   the service's root rows, the parts
-- rule    R-AV1 active period of the service; R-CR5 the active share of a stated fee
select
    part.part_no,
    greatest(epoch_us(entry.valid_from), part.start_us) as start_us,
    least(coalesce(epoch_us(entry.valid_to), part.part_end_us), part.part_end_us) as end_us
from measured.parts as part
inner join staged.service_catalogue as entry
    on
        part.service_id = entry.service_id
        and part.part_end_at > entry.valid_from
        and (entry.valid_to is null or part.start_at < entry.valid_to)
where entry.service_id = entry.component_id
