-- builds  measured.metric_catalogue: one row per metric, as tables.yml has it
-- reads   the catalogue as people wrote it, entries of a landed one, the run
-- rule    M-17: each has owner, purpose, the decision it feeds, a review. What a landed catalogue said last by as_of goes before the file
with landed as (
    select
        *,
        reviewed_at::date as reviewed_on
    from staged.kpi_catalogue
    cross join run.context as context
    where valid_from <= context.as_of
    qualify row_number() over (partition by kpi_id order by valid_from desc, recorded_from desc, raw_id asc) = 1
),

stated as (
    select
        kpi.metric_id,
        coalesce(landed.title, kpi.title) as title,
        coalesce(landed.definition, kpi.definition) as definition,
        coalesce(landed.anchors, kpi.anchors) as anchors,
        coalesce(landed.owner_role, kpi.owner_role) as owner_role,
        coalesce(landed.purpose, kpi.purpose) as purpose,
        coalesce(landed.decision_fed, kpi.decision_fed) as decision_fed,
        coalesce(landed.reviewed_on, kpi.reviewed_on) as reviewed_on,
        if(landed.reviewed_on is null, kpi.review_decision, landed.review_decision) as review_decision,
        coalesce(not landed.published, false) as is_unpublished,
        kpi.review_days
    from run.kpis as kpi
    left join landed on kpi.metric_id = landed.kpi_id
)

select
    stated.metric_id,
    stated.title,
    stated.definition,
    stated.anchors,
    stated.owner_role,
    stated.purpose,
    stated.decision_fed,
    stated.reviewed_on,
    (stated.reviewed_on + stated.review_days::integer)::date as review_due_on,
    stated.review_decision,
    case
        when stated.review_decision = 'retire' or stated.is_unpublished then 'retired'
        when stated.reviewed_on is null then 'never_reviewed'
        when stated.reviewed_on + stated.review_days::integer < context.as_of::date then 'due'
        else 'current'
    end as standing
from stated
cross join run.context as context
