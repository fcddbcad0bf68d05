-- builds  measured.fee_lines (working table): one row per invoice line that is a charge, with the service it is for
-- reads   invoice lines, invoices, the catalogue
-- rule    R-CR5: a line is for the service it names, else for the one service whose catalogue entry names its fee line; a line that several
--         services share is for none of them alone. Credits of earlier claims are no charges
with named as (
    select
        fee_line_id,
        min(service_id) as service_id
    from staged.service_catalogue
    where fee_line_id is not null
    group by fee_line_id
    having count(distinct service_id) = 1
),

invoices as (
    select
        source_system,
        invoice_id,
        provider_id,
        total
    from staged.invoice
    qualify row_number() over (partition by source_system, invoice_id order by recorded_from desc, raw_id asc) = 1
)

select
    line.invoice_id,
    line.line_no,
    line.fee_line_id,
    invoice.provider_id,
    coalesce(line.service_id, named.service_id) as service_id,
    line.period,
    line.amount,
    line.currency,
    line.unit,
    line.unit_price,
    line.one_time as is_one_time,
    line.tax as is_tax,
    invoice.total as invoice_total
from staged.invoice_line as line
left join invoices as invoice on line.source_system = invoice.source_system and line.invoice_id = invoice.invoice_id
left join named on line.fee_line_id = named.fee_line_id
where line.credit_of is null
