-- builds  published.result_spans (working table): one row per span of a headline result that is neither up nor outside service hours
-- reads   the clock ledger
-- rule    K3: the ledger's spans tile the window, so what is not here was up, closed or paused; `span_no` counts in time order
select
    ledger.subject_id as result_id,
    ledger.start_at,
    ledger.end_at,
    ledger.length_us,
    ledger.counted_as,
    ledger.weight,
    ledger.rule_id,
    ledger.incident_ids,
    row_number() over (partition by ledger.subject_id order by ledger.start_at) as span_no
from measured.clock_ledger as ledger
where ledger.subject_kind = 'sla_result' and ledger.counted_as not in ('up', 'closed', 'paused')
