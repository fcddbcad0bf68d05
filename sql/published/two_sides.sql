-- builds  published.two_sides (working table): one row per provider and currency of the dispute sheet: time by who says down, credit by position
-- reads   the dispute sheet
-- rule    K4; R-MO1 currencies stand apart, spans whose result has no amount in a row of their own. The credit of a result counts once, however
--         many spans bear on it
with results as (
    select distinct
        provider_id,
        currency,
        result_id,
        payable_ours,
        payable_theirs,
        payable_agreed
    from measured.dispute_sheet
),

amounts as (
    select
        provider_id,
        currency,
        sum(payable_ours) as payable_ours,
        sum(payable_theirs) as payable_theirs,
        sum(payable_agreed) as payable_agreed
    from results
    group by provider_id, currency
)

select
    sheet.provider_id,
    sheet.currency,
    coalesce(sum(sheet.length_us) filter (where sheet.agreement = 'agreed'), 0)::bigint as agreed_us,
    coalesce(sum(sheet.length_us) filter (where sheet.agreement = 'ours_only'), 0)::bigint as ours_only_us,
    coalesce(sum(sheet.length_us) filter (where sheet.agreement = 'theirs_only'), 0)::bigint as theirs_only_us,
    coalesce(sum(sheet.length_us) filter (where sheet.theirs = 'unknown'), 0)::bigint as unspoken_us,
    any_value(amount.payable_ours)::decimal(18, 4) as payable_ours,
    any_value(amount.payable_theirs)::decimal(18, 4) as payable_theirs,
    any_value(amount.payable_agreed)::decimal(18, 4) as payable_agreed
from measured.dispute_sheet as sheet
inner join amounts as amount on sheet.provider_id = amount.provider_id and sheet.currency is not distinct from amount.currency
group by sheet.provider_id, sheet.currency
