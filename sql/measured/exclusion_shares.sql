-- builds  measured.exclusion_shares (working table): one row per headline scope and applied exclusion: the downtime it took out. Where
--         exclusions overlap, the first in the order of the waterfall takes the time
-- reads   segments of scopes and of their components, exclusions of the parts
-- rule    R-EX1 unioned, then subtracted once
with excluded as (
    select
        segment.scope_no,
        scope.part_no,
        segment.start_us,
        segment.end_us
    from measured.scope_segments as segment
    inner join measured.scopes as scope on segment.scope_no = scope.scope_no
    where segment.stratum = 1 and segment.is_agreed and segment.level = 3 and scope.variant = 'headline'
),

covering as (
    select
        excluded.scope_no,
        excluded.start_us,
        excluded.end_us,
        exclusion.exclusion_id,
        exclusion.type,
        row_number() over (
            partition by excluded.scope_no, excluded.start_us
            order by
                list_position(
                    ['pre_approved_maintenance', 'emergency_maintenance', 'customer_caused', 'force_majeure', 'third_party', 'exception'],
                    exclusion.type
                ),
                exclusion.start_us,
                exclusion.exclusion_id
        ) as turn
    from excluded
    inner join measured.part_exclusions as exclusion
        on
            excluded.part_no = exclusion.part_no
            and excluded.start_us >= exclusion.start_us
            and excluded.end_us <= exclusion.end_us
    inner join measured.component_segments as component
        on
            excluded.scope_no = component.scope_no
            and exclusion.component_id = component.component_id
            and excluded.start_us >= component.start_us
            and excluded.end_us <= component.end_us
    where exclusion.status = 'applied' and component.stratum = 1 and component.level = 3
)

select
    scope_no,
    exclusion_id,
    type,
    sum(end_us - start_us)::bigint as excluded_us
from covering
where turn = 1
group by scope_no, exclusion_id, type
