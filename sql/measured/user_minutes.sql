-- builds  measured.user_minutes (working table): one row per scope of user minutes: users x time of its base, in microseconds; null where the
--         number of users is unknown for some of it
-- reads   segments of the scopes, users of the parts
-- rule    R-PO3 the denominator; R-AV1 its time is the base that `results` divides by
with base as (
    select
        segment.scope_no,
        scope.part_no,
        segment.start_us,
        segment.end_us
    from measured.scope_segments as segment
    inner join measured.scopes as scope on segment.scope_no = scope.scope_no
    semi join measured.part_users as users on scope.part_no = users.part_no
    where
        segment.stratum = 1
        and segment.is_agreed
        and not (scope.denominator = 'remove_from_both' and segment.level in (2, 3))
        and not (scope.unmeasured_time = 'remove_from_base' and segment.level = 1)
)

select
    base.scope_no,
    if(
        bool_or(users.users is null),
        null,
        sum((least(base.end_us, users.end_us) - greatest(base.start_us, users.start_us))::hugeint * users.users)
    ) as user_us
from base
inner join measured.part_users as users
    on base.part_no = users.part_no and base.start_us < users.end_us and base.end_us > users.start_us
group by base.scope_no
