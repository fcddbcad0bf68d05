-- builds  measured.headline_targets (working table): one row per judged severity of a clock in the headline's reading, with its outcome's instant
-- reads   judged targets, clocks, terms of incidents
-- rule    R-AT1 the outcome is the earlier of stop and due, so that a breach belongs to where it became certain; by option the start
select
    target.*,
    clock.contract_id,
    clock.contract_version_id,
    clock.measure_id,
    clock.clock,
    clock.service_id,
    clock.ticket_key,
    clock.start_basis,
    clock.is_fallback,
    case
        when terms.attribution = 'start_time' then target.start_us
        when target.is_over then least(target.end_us, target.due_us)
        when target.status in ('breached', 'breached_open') or target.status_if_counted = 'breached_open' then target.due_us
        else target.end_us
    end as outcome_us
from measured.judged_targets as target
inner join measured.clocks as clock on target.clock_no = clock.clock_no
inner join run.incident_terms as terms
    on
        clock.contract_version_id = terms.contract_version_id
        and clock.measure_id = terms.measure_id
        and target.severity = terms.severity
where target.reading = 'default'
