-- builds  staged.invoice_sums (working table): one row per invoice of the run's period: does it tie to its lines?
-- reads   invoices and their lines, the policy's limit
-- rule    DQ-14: lines, credits of earlier claims among them, sum to invoice.total, all in the invoice's currency
with limits as (
    select value::decimal(18, 4) as difference_max
    from run.quality_limits
    where rule_id = 'DQ-14' and name = 'difference_max'
),

sums as (
    select
        line.source_system,
        line.invoice_id,
        count(*) as lines,
        sum(line.amount)::decimal(18, 4) as amount,
        min(line.currency) as first_currency,
        max(line.currency) as last_currency,
        bool_or(line.period = context.period) as is_of_period
    from staged.invoice_line as line
    cross join run.context as context
    group by line.source_system, line.invoice_id
)

select
    invoice.source_system,
    invoice.invoice_id,
    invoice.provider_id,
    invoice.currency,
    invoice.total,
    coalesce(sums.lines, 0) as lines,
    coalesce(sums.amount, 0)::decimal(18, 4) as amount,
    abs(invoice.total - coalesce(sums.amount, 0)) > limits.difference_max
    or coalesce(sums.first_currency <> invoice.currency or sums.last_currency <> invoice.currency, false) as is_failed
from staged.invoice as invoice
cross join limits
cross join run.context as context
left join sums on invoice.source_system = sums.source_system and invoice.invoice_id = sums.invoice_id
where invoice.period = context.period or coalesce(sums.is_of_period, false)
