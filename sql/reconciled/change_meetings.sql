-- builds  reconciled.change_meetings (working table): one row per incident and change that meet on the packed axis, to the second
-- reads   incidents and services of changes on their axis
-- rule    the range join stands alone in its file and reads whole tables: only so is it planned as one that does not grow with density
select
    moment.incident_id,
    change.change_key,
    moment.occurred_us,
    change.start_us,
    change.reach_us
from reconciled.incident_moments as moment
inner join reconciled.change_services as change on moment.place >= change.low and moment.place <= change.high
