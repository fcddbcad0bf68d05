-- builds  reconciled.unknown_names (working table): one row per source, column and name of a service or component that the catalogue did not have
--         when a record used it: how many records do, and the earliest of them
-- reads   claims and their records, alert sessions and their series, monitoring runs and their samples, listed components, names of the catalogue
-- rule    entities.yml `identities.reference`: what does not resolve is REFERENCE_CONFLICT. Of monitoring a run of samples counts once
with claimed as (
    select
        claim.raw_id,
        claim.entity,
        claim.source_system,
        claim.recorded_from,
        claim.start_us,
        claim.match_end_us as end_us,
        'service_raw' as field,
        ticket.service_raw as name
    from reconciled.claims as claim
    inner join staged.ticket as ticket on claim.raw_id = ticket.raw_id
    union all
    select
        claim.raw_id,
        claim.entity,
        claim.source_system,
        claim.recorded_from,
        claim.start_us,
        claim.match_end_us as end_us,
        'component_raw' as field,
        coalesce(ticket.component_raw, record.component_raw) as name
    from reconciled.claims as claim
    left join staged.ticket as ticket on claim.raw_id = ticket.raw_id
    left join staged.vendor_record as record on claim.raw_id = record.raw_id
),

looked_up as (
    select
        claimed.*,
        coalesce(names.start_us <= claimed.end_us, false) as is_known
    from claimed
    asof left join reconciled.name_spans as names on claimed.name = names.name and claimed.start_us < names.end_us
    where claimed.name is not null
),

runs as (
    select
        source_system,
        component_raw,
        min(start_us) as start_us,
        count(*) as records
    from reconciled.monitoring_runs
    where component_key = '?' || component_raw
    group by source_system, component_raw
),

first_samples as (
    select
        runs.source_system,
        runs.component_raw,
        runs.records,
        runs.start_us,
        min((sample.raw_id, sample.recorded_from)) as first
    from runs
    inner join staged.monitoring_sample as sample
        on
            runs.source_system = sample.source_system
            and runs.component_raw = sample.component_raw
            and runs.start_us = epoch_us(sample.start_at)
            and sample.start_at < sample.end_at
    group by runs.source_system, runs.component_raw, runs.records, runs.start_us
),

uses as (
    select entity, source_system, field, name, 1 as records, start_us, raw_id, recorded_from
    from looked_up
    where not is_known
    union all
    select entity, source_system, field, name, 1 as records, start_us, raw_id, recorded_from
    from reconciled.listed_components
    where component_id is null
    union all
    select
        'alert' as entity, series.source_system, 'component_raw' as field, series.component_raw as name, session.alerts as records,
        session.start_us, session.raw_id, session.first_recorded_from as recorded_from
    from reconciled.alert_sessions as session
    inner join reconciled.alert_series as series on session.series_no = series.series_no
    where session.component_key = '?' || series.component_raw
    union all
    select
        'monitoring_sample' as entity, source_system, 'component_raw' as field, component_raw as name, records, start_us,
        first[1] as raw_id, first[2] as recorded_from
    from first_samples
),

names as (
    select
        entity,
        source_system,
        name,
        sum(records)::bigint as records,
        min((start_us, raw_id, field, recorded_from)) as earliest
    from uses
    group by entity, source_system, split_part(field, '[', 1), name
)

select
    entity,
    source_system,
    name,
    records,
    earliest[2] as raw_id,
    earliest[3] as field,
    earliest[4] as recorded_from
from names
