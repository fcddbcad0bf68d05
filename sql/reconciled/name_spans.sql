-- builds  reconciled.name_spans (working table): one row per name a source may use and span in which it names one component
-- reads   the service catalogue
-- rule    entities.yml `identities.reference`: *_raw names by component_id (a root's is its service_id) and aliases, over validity spans;
--         an id outranks an alias, else the smallest component_id and service_id: the spans of one name do not overlap
with entries as (
    select
        component_id,
        service_id,
        coalesce(aliases, []) as aliases,
        epoch_us(valid_from) as start_us,
        coalesce(epoch_us(valid_to), never_us()) as end_us
    from staged.service_catalogue
),

names as (
    select
        component_id as name,
        1 as turn,
        component_id,
        service_id,
        start_us,
        end_us
    from entries
    union all
    select
        unnest(aliases) as name,
        2 as turn,
        component_id,
        service_id,
        start_us,
        end_us
    from entries
),

cuts as (
    select distinct
        name,
        unnest([start_us, end_us]) as cut_us
    from names
),

pieces as (
    select
        name,
        cut_us as start_us,
        lead(cut_us) over (partition by name order by cut_us) as end_us
    from cuts
)

select
    pieces.name,
    pieces.start_us,
    pieces.end_us,
    names.component_id,
    names.service_id
from pieces
inner join names on pieces.name = names.name and pieces.start_us >= names.start_us and pieces.end_us <= names.end_us
qualify row_number() over (partition by pieces.name, pieces.start_us order by names.turn, names.component_id, names.service_id) = 1
