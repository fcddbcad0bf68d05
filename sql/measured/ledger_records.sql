-- builds  measured.ledger_records (working table): one row per span of a ledger and record behind it
-- reads   spans and incidents of the ledger, outage intervals, bad and failing time in samples, the parts and their exclusions
-- rule    tables.yml clock_ledger.raw_ids: records that fixed the bounds of outages, and those of exclusions applied
with outages as (
    select
        incident_id,
        epoch_us(start_at) as start_us,
        epoch_us(end_at) as end_us,
        unnest(raw_ids) as raw_id
    from reconciled.outage_intervals
),

spans as (
    select
        link.scope_no,
        link.incident_id,
        span.start_us,
        span.end_us
    from measured.ledger_incidents as link
    inner join measured.ledger_spans as span on link.scope_no = span.scope_no and link.start_us = span.start_us
),

bad as (
    select
        greatest(run.start_us, part.start_us) + part.axis_us as low,
        least(run.end_us, part.end_us) + part.axis_us as high,
        run.raw_ids
    from measured.bad_runs as run
    inner join measured.sample_terms as terms on run.terms_no = terms.terms_no and run.component_id = terms.component_id
    inner join measured.parts as part on terms.part_no = part.part_no
    where run.start_us < part.end_us and run.end_us > part.start_us
    union all
    select
        span.start_us + part.axis_us as low,
        span.end_us + part.axis_us as high,
        [span.raw_id] as raw_ids
    from measured.failing_spans as span
    inner join measured.parts as part on span.part_no = part.part_no
),

bad_spans as (
    select
        span.scope_no,
        span.start_us,
        span.start_us + part.axis_us as low,
        span.end_us + part.axis_us as high
    from measured.ledger_spans as span
    inner join measured.parts as part on span.part_no = part.part_no
    where span.counted_as not in ('closed', 'unmeasured') and span.rule_id <> 'R-AV1'
)

select distinct
    span.scope_no,
    span.start_us,
    outage.raw_id
from spans as span
inner join outages as outage on span.incident_id = outage.incident_id
where outage.start_us < span.end_us and (outage.end_us is null or outage.end_us > span.start_us)
union
select distinct
    span.scope_no,
    span.start_us,
    unnest(bad.raw_ids) as raw_id
from bad_spans as span
inner join bad on span.low < bad.high and span.high > bad.low
union
select distinct
    span.scope_no,
    span.start_us,
    exclusion.source_raw_id as raw_id
from measured.ledger_spans as span
inner join measured.part_exclusions as exclusion on span.part_no = exclusion.part_no
where
    span.counted_as = 'excluded'
    and exclusion.status = 'applied'
    and exclusion.start_us < span.end_us
    and exclusion.end_us > span.start_us
