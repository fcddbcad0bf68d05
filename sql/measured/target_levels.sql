-- builds  measured.target_levels (working table): one row per window of a measure of single incidents in the headline: the share of its targets met
-- reads   judged targets by window, contracts that look at several windows
-- rule    R-CR9 what failed in the window before costs more; a window without a target judged has no row, and ends the repetition
select
    fact.contract_id,
    fact.contract_version_id,
    fact.measure_id,
    fact.service_id,
    'service' as scope,
    fact.period,
    fact.window_start_at,
    fact.window_end_at,
    fact.start_at,
    fact.is_provisional,
    fact.target_ids[1] as result_id,
    fact.variant,
    if(fact.met < fact.judged, 'breached', 'met') as status,
    fact.met::decimal(38, 0) as value_num,
    fact.judged::decimal(38, 0) as value_den
from measured.target_windows as fact
semi join measured.watched_contracts as watched on fact.contract_id = watched.contract_id
where fact.variant = 'headline' and fact.reading = 'default' and fact.judged > 0
