-- builds  reconciled.reference_links (working table): one row per stated reference, with what it resolves to and whether that can be
-- reads   stated references, claims, records and their components, dependency paths
-- rule    4.1 step 2: within the own system first, else to the unique key elsewhere; matched if within the limit of time and the services do
--         not contradict (neither the same, nor one above the other, nor on one platform component); else REFERENCE_CONFLICT and review.
--         An incident id of ours names the record that founds it. `target_nos`: what an ambiguous one could mean
with targets as (
    select
        record.record_no,
        claim.entity,
        claim.source_system,
        claim.source_key as name
    from reconciled.claims as claim
    inner join reconciled.records as record on claim.raw_id = record.raw_id and record.entity <> 'episode'
    union all
    select
        record_no,
        'ticket' as entity,
        source_system,
        'I-' || base32_12(sha256(first_raw_id)) as name
    from reconciled.records
    where entity <> 'episode' and exists (select 1 from reconciled.stated_references as stated where stated.ref like 'I-%')
),

found as (
    select
        reference.record_no,
        reference.raw_id,
        reference.source_system,
        reference.field,
        reference.to_entity,
        reference.ref,
        min(target.record_no) filter (where target.source_system = reference.source_system) as own_no,
        min(target.record_no) as any_no,
        list(distinct target.record_no order by target.record_no) filter (where target.record_no is not null) as target_nos
    from reconciled.stated_references as reference
    left join targets as target
        on
            reference.to_entity = target.entity
            and reference.ref = target.name
            and reference.record_no <> target.record_no
    group by
        reference.record_no, reference.raw_id, reference.source_system, reference.field, reference.to_entity, reference.ref
),

resolved as (
    select
        found.*,
        coalesce(found.own_no, if(len(found.target_nos) = 1, found.any_no, null)) as to_no
    from found
),

closeness as (
    select
        resolved.record_no,
        resolved.to_no,
        bool_or(
            one.service_id = other.service_id
            or above.component_id is not null
            or below.component_id is not null
            or list_has_any(
                (
                    select list(path.component_id) from reconciled.component_paths as path
                    where path.ancestor_id = one.component_id
                ),
                (
                    select list(path.component_id) from reconciled.component_paths as path
                    where path.ancestor_id = other.component_id
                )
            )
        ) as is_consistent
    from resolved
    inner join reconciled.record_components as one on resolved.record_no = one.record_no
    inner join reconciled.record_components as other on resolved.to_no = other.record_no
    left join reconciled.component_paths as above on one.component_id = above.ancestor_id and other.component_id = above.component_id
    left join reconciled.component_paths as below on other.component_id = below.ancestor_id and one.component_id = below.component_id
    group by resolved.record_no, resolved.to_no
)

select
    resolved.record_no,
    resolved.to_no,
    if(resolved.to_no is null, coalesce(resolved.target_nos, []), [resolved.to_no]) as target_nos,
    resolved.raw_id,
    resolved.source_system,
    resolved.field,
    resolved.ref,
    case
        when resolved.to_no is null and resolved.target_nos is null then 'unresolved'
        when resolved.to_no is null then 'ambiguous'
        when greatest(one.start_us - other.end_us, other.start_us - one.end_us) > policy.reference_max_gap_us then 'too_far'
        when not coalesce(closeness.is_consistent, true) then 'other_service'
        else 'match'
    end as verdict
from resolved
cross join run.policy as policy
left join reconciled.records as one on resolved.record_no = one.record_no
left join reconciled.records as other on resolved.to_no = other.record_no
left join closeness on resolved.record_no = closeness.record_no and resolved.to_no = closeness.to_no
