-- builds  staged.statuspage__maintenance_window (adapter): one row per planned maintenance of an Atlassian Statuspage
-- reads   incidents of impact maintenance or with a schedule, from incidents.json or scheduled-maintenances.json
-- rule    DESIGN 4; R-EX2 needs notice: the page was written at created_at. A page approves nothing: approved_at and approver_role stay empty
--
-- id → mw_key; components[].name → components; scheduled_for, scheduled_until → start_at, end_at; created_at → notice_at
-- shortlink → evidence_ref; updated_at → source_updated_at
select
    landing_seq,
    source_row,
    received,
    id as mw_key,
    if(is_json_array(components), to_json(json_extract_string(components, '$[*].name'))::varchar, null) as components,
    scheduled_for as start_at,
    scheduled_until as end_at,
    created_at as notice_at,
    'pre_approved' as kind,
    shortlink as evidence_ref,
    updated_at as source_updated_at,
    look_version(updated_at, received) as source_version
from payload.rows
where coalesce(impact, '') = 'maintenance' or scheduled_for is not null
