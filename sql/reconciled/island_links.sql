-- builds  reconciled.island_links (working table): one row per two islands on one dependency path that are of one episode
-- reads   meetings of islands, islands, components
-- rule    4.1 step 3: islands on one dependency path that overlap or lie close together. A service's root is on a path with all of the
--         service, so its signals alone would make one episode of neighbours that have nothing in common: they are the smoke of what failed
--         below, of whatever began with them, else of what began last before them. Only where nothing below had begun did the service
--         itself fail, and what follows below follows from it
with met as (
    select
        meeting.left_no,
        meeting.right_no,
        meeting.left_start_us,
        meeting.right_start_us,
        root.component_id is not null as is_service_wide,
        meeting.right_start_us <= meeting.left_start_us + policy.episode_gap_us as is_begun,
        abs(meeting.right_start_us - meeting.left_start_us) <= policy.episode_gap_us as is_together
    from reconciled.island_meetings as meeting
    inner join reconciled.component_islands as upper on meeting.left_no = upper.island_no
    left join reconciled.components as root on upper.component_key = root.component_id and root.component_id = root.service_id
    cross join run.policy as policy
    where meeting.left_start_us <= meeting.right_reach_us and meeting.right_start_us <= meeting.left_reach_us
),

placed as (
    select
        met.*,
        bool_or(is_begun) over (partition by left_no) as has_cause,
        row_number() over (partition by left_no, is_begun order by right_start_us desc, right_no asc) as place
    from met
)

select
    left_no,
    right_no
from placed
where not is_service_wide or not has_cause or is_together or (is_begun and place = 1)
