-- builds  staged.scope_services (working table): one row per entity, scope of a verdict and service that it concerns
-- reads   invoices, their lines, the catalogue
-- rule    an invoice concerns the services that its lines name or charge, else those of its provider
with lines as (
    select
        line.source_system,
        line.invoice_id,
        coalesce(line.service_id, entry.service_id) as service_id
    from staged.invoice_line as line
    left join staged.service_catalogue as entry on line.fee_line_id = entry.fee_line_id
)

select distinct
    invoice.source_system,
    invoice.entity,
    invoice.invoice_id as scope_id,
    coalesce(lines.service_id, entry.service_id) as service_id
from staged.invoice as invoice
left join lines
    on invoice.source_system = lines.source_system and invoice.invoice_id = lines.invoice_id and lines.service_id is not null
left join staged.service_catalogue as entry on lines.service_id is null and invoice.provider_id = entry.provider_id
where coalesce(lines.service_id, entry.service_id) is not null
