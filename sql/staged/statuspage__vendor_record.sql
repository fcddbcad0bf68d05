-- builds  staged.statuspage__vendor_record (adapter): one row per incident of an Atlassian Statuspage and component that it hit; planned
--         maintenance is left to statuspage__maintenance_window
-- reads   incidents.json ({"page": ..., "incidents": [...]}), or the incidents alone as a JSON array
-- rule    DESIGN 4; formats.yaml atlassian_statuspage_incidents
-- seen    created_at is when the page was written, not when the outage began: updates may be dated back, so the earliest instant counts
--
-- components[].name → component_raw; the source's system → provider_id; name → title; impact → severity_raw
-- id → vendor_key: of the first component by name as it is, of the others with the component behind it
-- earliest of started_at (else created_at) and incident_updates[].display_at → started_at
-- resolved_at, else the last update that says resolved → ended_at; resolved or postmortem → status final, else draft
-- text of the newest post-mortem, else of the newest update that says identified → cause
-- shortlink → evidence_ref; updated_at → source_updated_at; a page that is polled tells of one incident many times: each look is a version
with incidents as (
    select
        landing_seq,
        source_row,
        received,
        source_system,
        id,
        name,
        status,
        impact,
        created_at,
        started_at,
        resolved_at,
        updated_at,
        shortlink,
        several_names(components, '$[*].name', null) as component_names,
        json_transform(
            if(is_json_array(incident_updates), incident_updates, '[]'),
            '[{"display_at": "VARCHAR", "status": "VARCHAR", "body": "VARCHAR"}]'
        ) as updates
    from payload.rows
    where not (coalesce(impact, '') = 'maintenance' or scheduled_for is not null)
),

-- offsets may differ between updates: instants are compared as such and kept as written
ordered as (
    select
        *,
        list_sort(
            list_transform(
                updates,
                lambda item: {
                    'display_us': epoch_us(try_cast(item.display_at as timestamptz)),
                    'display_at': item.display_at,
                    'status': item.status,
                    'body': item.body
                }
            ),
            'desc', 'nulls last'
        ) as newest_first,
        list_sort(
            list_transform(
                list_filter(
                    list_concat([coalesce(started_at, created_at)], list_transform(updates, lambda item: item.display_at)),
                    lambda words: instant_kind(words) = 'offset'
                ),
                lambda words: { 'start_us': epoch_us(try_cast(words as timestamptz)), 'words': words }
            ),
            'asc', 'nulls last'
        ) as starts
    from incidents
),

hits as (
    select
        *,
        unnest(component_names) as component_name
    from ordered
)

select
    landing_seq,
    source_row,
    received,
    part_key(id, component_name, component_names) as vendor_key,
    source_system as provider_id,
    name as title,
    component_name as component_raw,
    coalesce(starts[1].words, started_at, created_at) as started_at,
    coalesce(
        resolved_at,
        if(
            status in ('resolved', 'postmortem'),
            list_filter(newest_first, lambda item: item.status = 'resolved')[1].display_at,
            null
        )
    ) as ended_at,
    impact as severity_raw,
    coalesce(
        list_filter(newest_first, lambda item: item.status = 'postmortem')[1].body,
        list_filter(newest_first, lambda item: item.status = 'identified')[1].body
    ) as cause,
    shortlink as evidence_ref,
    if(status in ('resolved', 'postmortem'), 'final', 'draft') as status,
    updated_at as source_updated_at,
    look_version(updated_at, received) as source_version
from hits
