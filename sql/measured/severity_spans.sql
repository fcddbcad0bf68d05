-- builds  measured.severity_spans (working table): one row per incident and span in which one severity held for targets. `group_no` counts
--         justified downgrades; `is_void` marks what a later one calls misclassified from the start. First and last span are open (null), and
--         what holds instead of a void one began at the start too
-- reads   incidents, changes of their severity
-- rule    R-SV1 to R-SV3: inside a group the strictest so far holds; a justified downgrade begins another
with starts as (
    select
        incident.incident_id,
        null::bigint as at_us,
        -1::bigint as place,
        coalesce(
            min_by(change.old_severity, (change.at_us, change.place)) filter (where change.old_severity is not null),
            incident.severity_initial,
            incident.severity_max
        ) as severity,
        false as is_reset,
        false as is_misclassified
    from reconciled.incidents as incident
    left join reconciled.severity_changes as change on incident.incident_id = change.incident_id
    where incident.status <> 'cancelled'
    group by incident.incident_id, incident.severity_initial, incident.severity_max
),

steps as (
    select * from starts
    union all
    select
        change.incident_id,
        change.at_us,
        change.place,
        change.severity,
        change.is_reset,
        change.is_misclassified
    from reconciled.severity_changes as change
    semi join starts on change.incident_id = starts.incident_id
    where change.has_effect
),

grouped as (
    select
        *,
        count(*) filter (where is_reset) over so_far as group_no,
        count(*) filter (where is_misclassified) over so_far as void_no,
        count(*) filter (where is_misclassified) over whole as voids
    from steps
    where severity is not null
    window
        so_far as (partition by incident_id order by at_us nulls first, place, severity),
        whole as (partition by incident_id)
),

strictest as (
    select
        *,
        min(severity) over (partition by incident_id, group_no order by at_us nulls first, place, severity) as held
    from grouped
),

changed as (
    select *
    from strictest
    qualify
        lag(held) over (partition by incident_id order by at_us nulls first, place, severity) is distinct from held
        or lag(group_no) over (partition by incident_id order by at_us nulls first, place, severity) is distinct from group_no
)

select
    incident_id,
    group_no,
    row_number() over in_order as span_no,
    held as severity,
    if(void_no = voids and coalesce(lag(void_no) over in_order < voids, false), null, at_us) as from_us,
    lead(at_us) over in_order as until_us,
    coalesce(lead(is_reset) over in_order, false) as is_downgraded_after,
    void_no < voids as is_void
from changed
window in_order as (partition by incident_id order by at_us nulls first, place, severity)
