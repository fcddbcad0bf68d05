-- builds  reconciled.change_links: one row per incident and change, as tables.yml has it
-- reads   bounds, components and tickets of incidents, changes that meet them, reviews, people's decisions on links
-- rule    section 1 change-related: confirmed = asserted by a person or in a concluded review; candidate = a change on the service or its
--         dependencies ended within the look-back before it occurred, or was running. A link that a tool asserts is a candidate
with asserted as (
    select
        names.incident_id,
        decision.change_key,
        decision.decision as status,
        'person' as status_by,
        decision.recorded_from as decided_at,
        1 as turn,
        decision.raw_id
    from staged.change_link_review as decision
    anti join staged.revocation as revocation
        on revocation.object_type = 'change_link_review' and decision.change_link_review_id = revocation.object_id
    inner join reconciled.incident_names as names on decision.incident_ref = names.name
    union all
    select
        names.incident_id,
        review.change_ref as change_key,
        if(review.change_link_by = 'person', 'confirmed', 'candidate') as status,
        'review' as status_by,
        review.concluded_at as decided_at,
        2 as turn,
        review.raw_id
    from staged.review as review
    inner join reconciled.incident_names as names on review.incident_ref = names.name
    where review.change_ref is not null and review.concluded_at is not null
    union all
    select
        ticket.incident_id,
        snapshot.change_ref as change_key,
        if(snapshot.change_link_by = 'person', 'confirmed', 'candidate') as status,
        if(snapshot.change_link_by = 'person', 'person', 'rule') as status_by,
        null as decided_at,
        3 as turn,
        ticket.raw_id
    from reconciled.incident_tickets as ticket
    inner join staged.ticket as snapshot on ticket.raw_id = snapshot.raw_id
    where snapshot.change_ref is not null
),

linked as (
    select incident_id, change_key, status, status_by, decided_at, turn, raw_id
    from asserted
    semi join staged.change as change on asserted.change_key = change.change_key
    union all
    select distinct
        incident_id, change_key, 'candidate' as status, 'rule' as status_by, null::timestamptz as decided_at, 4 as turn, null as raw_id
    from reconciled.change_meetings
    where start_us <= occurred_us and reach_us >= occurred_us
),

standing as (
    select
        incident_id,
        change_key,
        status,
        status_by,
        decided_at
    from linked
    qualify row_number() over (partition by incident_id, change_key order by turn asc, decided_at desc, raw_id asc) = 1
),

touches as (
    select
        standing.incident_id,
        change.change_key,
        min(
            case
                when hit.component_id = change.component_id then 1
                when up.component_id is not null or down.component_id is not null then 2
                else 3
            end
        ) as closeness,
        max(change.end_us) as end_us
    from standing
    inner join reconciled.component_changes as change on standing.change_key = change.change_key
    left join reconciled.incident_components as hit on standing.incident_id = hit.incident_id
    left join reconciled.component_paths as up on hit.component_id = up.component_id and change.component_id = up.ancestor_id
    left join reconciled.component_paths as down on hit.component_id = down.ancestor_id and change.component_id = down.component_id
    group by standing.incident_id, change.change_key
)

select
    standing.incident_id,
    standing.change_key,
    ['same_component', 'dependency', 'service'][coalesce(touches.closeness, 3)] as relation,
    bounds.occurred_us - coalesce(touches.end_us, epoch_us(context.as_of)) as lag_us,
    standing.status,
    standing.status_by,
    standing.decided_at
from standing
inner join reconciled.incident_bounds as bounds on standing.incident_id = bounds.incident_id
left join touches on standing.incident_id = touches.incident_id and standing.change_key = touches.change_key
cross join run.context as context
