-- builds  published.bound_rows (working table): one row per record that fixed a told bound: the row of the file it came from
-- reads   winners of told bounds among tickets, vendor records, alerts and samples
-- rule    K3: a proof ends at the row of a file; bounded by the bounds that are told
with winners as (
    select distinct winner_raw_id as raw_id
    from published.bounds
),

landed as (
    select raw_id, entity, source_system, source_key, source_file, source_row from staged.ticket
    union all
    select raw_id, entity, source_system, source_key, source_file, source_row from staged.ticket_history
    union all
    select raw_id, entity, source_system, source_key, source_file, source_row from staged.vendor_record
    union all
    select raw_id, entity, source_system, source_key, source_file, source_row from staged.alert
    union all
    select raw_id, entity, source_system, source_key, source_file, source_row from staged.monitoring_sample
)

select
    bounds.result_id,
    bounds.incident_id,
    bounds.field,
    landed.entity,
    landed.source_system,
    landed.source_key,
    landed.source_file,
    landed.source_row
from published.bounds as bounds
inner join winners on bounds.winner_raw_id = winners.raw_id
inner join landed on winners.raw_id = landed.raw_id
