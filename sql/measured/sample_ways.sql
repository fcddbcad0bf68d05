-- builds  measured.sample_ways (working table): one row per way of judging samples and name under which a source may deliver those of a component
-- reads   the ways of the parts, names of the catalogue
-- rule    entities.yml `identities.reference`: a name is what it was last when the sample ended; `from_us`, `until_us` bound the windows judged so
with names as (
    select
        name,
        component_id,
        start_us as named_from_us,
        lead(start_us, 1, never_us()) over (partition by name order by start_us) as named_until_us
    from reconciled.name_spans
),

ways as (
    select
        * exclude (part_no, kind, start_us, end_us),
        min(start_us) as from_us,
        max(end_us) as until_us
    from measured.sample_terms
    group by all
)

select
    names.name,
    names.named_from_us,
    names.named_until_us,
    ways.*
from ways
inner join names on ways.component_id = names.component_id
