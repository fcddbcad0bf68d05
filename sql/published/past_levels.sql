-- builds  published.past_levels (working table): one row per service level of this month, earlier month and part of it
-- reads   verdicts of earlier months, this month's level lines
-- rule    DOMAIN 7.1 section 2, the twelve-month strip: by what is known now, under the contract of then
select
    line.result_id,
    past.period,
    past.status,
    past.flags
from published.level_lines as line
inner join measured.level_history as past
    on
        line.contract_id = past.contract_id
        and line.measure_id = past.measure_id
        and line.service_id = past.service_id
        and line.scope = past.scope
