-- builds  published.catalogue_names (working table): one row per component ever in the catalogue, with the name readers know it by
-- reads   the catalogue's spans; the last one that began before the period's end names a component, else its earliest
-- rule    a root row has component_id = service_id and so names the service; without a name the id stands for itself
select
    catalogue.component_id,
    coalesce(
        arg_max(catalogue.name, (catalogue.valid_from < context.period_end_at, catalogue.valid_from, catalogue.service_id))
        filter (where catalogue.name is not null),
        catalogue.component_id
    ) as name
from staged.service_catalogue as catalogue
cross join run.context as context
group by catalogue.component_id
