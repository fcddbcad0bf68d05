-- builds  reconciled.duplicate_spans (working table): one row per record and thing it has in common with another one of its source and component;
--         group and time (in seconds) packed into one axis
-- reads   claims, records, references
-- rule    RC-D6: one system, equal known component (not merely the service), and equal normalised text, duplicate_of or external reference
with claims as (
    select
        record.record_no,
        claim.source_key,
        claim.entity,
        claim.source_system,
        claim.component_id,
        claim.start_us,
        claim.match_end_us as end_us,
        claim.external_ref,
        array_to_string(claim.words, ' ') as text
    from reconciled.claims as claim
    inner join reconciled.records as record on claim.raw_id = record.raw_id and record.entity <> 'episode'
    where claim.has_component
),

-- a row per end: a join on "one of two ends" would hold every record against every link
named as (
    select
        record_no,
        to_no,
        unnest([record_no, to_no]) as end_no
    from reconciled.reference_links
    where field = 'duplicate_of' and to_no is not null
),

-- what two records may have in common, as one key
shared as (
    select record_no, start_us, end_us, concat_ws('|', entity, source_system, component_id, 'text', text) as likeness
    from claims
    where text <> ''
    union all
    select record_no, start_us, end_us, concat_ws('|', entity, source_system, component_id, 'ref', external_ref) as likeness
    from claims
    where external_ref is not null
    union all
    select claims.record_no, claims.start_us, claims.end_us, concat_ws('|', claims.component_id, named.record_no, named.to_no) as likeness
    from named
    inner join claims on named.end_no = claims.record_no
),

groups as (
    select
        record_no,
        start_us,
        end_us,
        dense_rank() over (order by likeness) as group_no
    from shared
    qualify count(*) over (partition by likeness) > 1
),

axis as (
    select
        min(start_us) // 1000000 as origin_s,
        max(end_us) // 1000000 - min(start_us) // 1000000 + 2 as length_s
    from groups
)

select
    groups.record_no,
    groups.start_us,
    groups.end_us,
    groups.group_no * axis.length_s + groups.start_us // 1000000 - axis.origin_s as low,
    groups.group_no * axis.length_s + groups.end_us // 1000000 - axis.origin_s as high
from groups
cross join axis
