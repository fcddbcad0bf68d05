-- builds  published.reply_rows (working table): one row per row of a vendor's reply sheet: its printed cells as text, and the seal over them
-- reads   the dispute sheet, the results it bears on, until when each contract lets a report be disputed
-- rule    K4, R-DI4. Every cell is text that a spreadsheet leaves as it is: instants with Z, lengths and amounts with their unit. The seal is over
--         the cells in the order of PRINTED (tasks/model/reply_sheet.py), and the adapter reply_sheet makes it again
with positions as (
    select
        sheet.*,
        result.contract_version_id,
        result.measure_id
    from measured.dispute_sheet as sheet
    left join measured.sla_results as result on sheet.result_id = result.result_id
),

printed as (
    select
        position.provider_id,
        position.start_at as starts,
        spreadsheet_safe(position.component_id) as component,
        instant_text(position.start_at) as start_at,
        instant_text(position.end_at) as end_at,
        position.length_us // 1000000
        || if(position.length_us % 1000000 = 0, '', '.' || lpad((position.length_us % 1000000)::varchar, 6, '0')) || ' s' as length,
        spreadsheet_safe(position.service_id) as service,
        position.ours as customer_says,
        position.theirs as vendor_says,
        nullif(spreadsheet_safe(array_to_string(position.vendor_keys, '; ')), '') as vendor_records,
        nullif(spreadsheet_safe(array_to_string(position.ticket_keys, '; ')), '') as customer_tickets,
        replace(position.answer, '_', ' ') as earlier_answer,
        position.contract_version_id as contract,
        position.measure_id as measure,
        position.result_id as result,
        amount_text(position.payable_ours, position.currency) as credit_if_customer_holds,
        amount_text(position.payable_theirs, position.currency) as credit_if_vendor_holds,
        amount_text(position.payable_agreed, position.currency) as credit_on_agreed_time,
        instant_text(terms.answer_before) as answer_before,
        terms.report,
        instant_text(context.as_of) as report_as_of,
        position.provider_id as vendor,
        position.position_id as row_key
    from positions as position
    left join published.reply_terms as terms on position.contract_version_id = terms.contract_version_id
    cross join run.context as context
)

select
    *,
    row_seal([
        component, start_at, end_at, length, service, customer_says, vendor_says, vendor_records, customer_tickets, earlier_answer, contract,
        measure, result, credit_if_customer_holds, credit_if_vendor_holds, credit_on_agreed_time, answer_before, report, report_as_of, vendor,
        row_key
    ]) as row_seal
from printed
