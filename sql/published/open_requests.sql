-- builds  published.open_requests (working table): one row per undecided exclusion request and headline result it speaks of, what hangs on it
--         first
-- reads   exclusions that wait for a decision, their effect if granted, the requests behind them
-- rule    R-EX7 an undecided request moves nothing, and what it would take out is printed; R-EX4 a flag of ours alone is a request too
with waiting as (
    select
        effect.result_id,
        effect.exclusion_id,
        effect.if_excluded_us,
        exclusion.type,
        exclusion.contract_rule,
        exclusion.reason,
        request.request_id,
        request.party
    from measured.exclusion_effects as effect
    inner join reconciled.exclusions as exclusion on effect.exclusion_id = exclusion.exclusion_id
    left join staged.exclusion_request as request on exclusion.source_raw_id = request.raw_id
    where exclusion.status = 'requested'
    qualify
        row_number() over (
            partition by effect.result_id, exclusion.type, exclusion.source_raw_id
            order by effect.if_excluded_us desc, effect.exclusion_id asc
        ) = 1
)

select
    *,
    count(*) over (partition by result_id) as requests_of_result,
    row_number() over (order by if_excluded_us desc, result_id, exclusion_id) as place
from waiting
