-- builds  staged.google_cloud_status__vendor_record (adapter): one row per incident of Google Cloud's status page and product that it hit
-- reads   incidents.json, a JSON array
-- rule    DESIGN 4; three generations: updates that tell no status and `external_desc` (until 2020); then status_impact and severity; then places
--         that are affected, without which the whole product is meant
-- seen    begin may be dated back to before created; an incident without end goes on; an `end` comes without a status of its own; one that hit
--         several products is of service "Multiple Products", which no catalogue has
--
-- affected_products[].title, else service_name → component_raw; the source's system → provider_id; external_desc → title
-- id, else number → vendor_key: of the first product by name as it is, of the others with the product behind it
-- begin, end → started_at, ended_at; created → report_issued_at; severity, else status_impact → severity_raw
-- text of the newest update → cause if it states a root cause, else null; uri → evidence_ref; end → status final, else draft
-- modified → source_updated_at and source_version
with incidents as (
    select
        *,
        several_names(affected_products, '$[*].title', service_name) as product_names,
        json_transform(if(is_json_array(updates), updates, '[]'), '[{"when": "VARCHAR", "text": "VARCHAR"}]') as said
    from payload.rows
),

hits as (
    select
        *,
        unnest(product_names) as product_name
    from incidents
)

select
    landing_seq,
    source_row,
    received,
    part_key(coalesce(id, number), product_name, product_names) as vendor_key,
    source_system as provider_id,
    external_desc as title,
    product_name as component_raw,
    begin as started_at,
    "end" as ended_at,
    created as report_issued_at,
    coalesce(severity, status_impact) as severity_raw,
    list_sort(
        list_transform(
            list_filter(said, lambda item: regexp_matches(item.text, '(?i)root cause')),
            lambda item: { 'when_us': epoch_us(try_cast(item.when as timestamptz)), 'words': item.text }
        ),
        'desc', 'nulls last'
    )[1].words as cause,
    uri as evidence_ref,
    if("end" is null, 'draft', 'final') as status,
    modified as source_updated_at,
    modified as source_version
from hits
