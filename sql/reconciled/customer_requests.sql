-- builds  reconciled.customer_requests (working table): one row per request about a ticket that the customer could see
-- reads   messages, ticket history
-- rule    R-PA2 a communication event to customers about the ticket, whatever desk it is of (a message names none), or a public comment
select
    raw_id,
    null::varchar as source_system,
    about_ticket as ticket_key,
    epoch_us(sent_at) as sent_us
from staged.communication_event
where audience = 'customers'
union all
select
    raw_id,
    source_system,
    ticket_key,
    epoch_us(changed_at) as sent_us
from staged.ticket_history
where field = 'comment' and is_public
