-- builds  published.credit_lines (working table): one row per headline credit that is worth money or points, or whose worth is not known, the largest
--         first
-- reads   credits, names, targets that credits follow from, tickets
-- rule    3.8: computed → one line per cause → minimum → caps → payable; null is not known, never 0
with cited as (
    select
        credit_id,
        unnest(target_ids) as target_id
    from measured.credits
    where variant = 'headline' and reading = 'default'
),

tickets as (
    select
        cited.credit_id,
        list(distinct if(target.ticket_key = '-', target.incident_id, target.ticket_key) order by 1) as incidents,
        any_value(target.severity) as severity
    from cited
    inner join measured.incident_targets as target on cited.target_id = target.target_id
    group by cited.credit_id
)

select
    row_number() over (order by credit.payable desc nulls first, credit.points desc nulls last, credit.credit_id) as place,
    credit.credit_id,
    credit.contract_version_id,
    credit.measure_id,
    credit.service_id,
    coalesce(names.name, credit.service_id) as service_name,
    credit.currency,
    credit.form,
    credit.tier,
    credit.pct,
    credit.basis_amount,
    credit.points,
    credit.computed,
    credit.forgone,
    credit.payable,
    credit.claimable,
    len(credit.target_ids) > 0 as is_of_targets,
    coalesce(tickets.incidents, []) as incidents
from measured.credits as credit
left join published.catalogue_names as names on credit.service_id = names.component_id
left join tickets on credit.credit_id = tickets.credit_id
where
    credit.variant = 'headline'
    and credit.reading = 'default'
    and (credit.computed is null or credit.computed > 0 or credit.payable > 0 or coalesce(credit.points > 0, false))
