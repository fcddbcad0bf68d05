-- builds  measured.exclusion_effects: one row per exclusion, measure, service and window part it touches, as tables.yml has it
-- reads   exclusions of the parts, their shares of what was taken out, results that take one undecided or rejected exclusion out alone
-- rule    R-EX1 what applied ones took out of the headline; R-EX7 what a requested one would take out, and a rejected one would have
with touching as (
    select distinct
        scope.part_no,
        scope.scope_no,
        scope.result_id,
        exclusion.exclusion_id
    from measured.part_exclusions as exclusion
    inner join measured.scopes as scope on exclusion.part_no = scope.part_no
    where scope.variant = 'headline'
),

requests as (
    select
        without.part_no,
        without.reading as exclusion_id,
        headline.down_us - without.down_us as if_excluded_us
    from measured.results as without
    inner join measured.results as headline on without.part_no = headline.part_no
    where without.variant = 'request' and headline.variant = 'headline'
)

select
    touching.exclusion_id,
    touching.result_id,
    coalesce(share.excluded_us, 0) as excluded_us,
    coalesce(request.if_excluded_us, 0) as if_excluded_us
from touching
left join measured.exclusion_shares as share on touching.scope_no = share.scope_no and touching.exclusion_id = share.exclusion_id
left join requests as request on touching.part_no = request.part_no and touching.exclusion_id = request.exclusion_id
