-- builds  published.claim_lines (working table): one row per claim, as its newest version stands, with the roles that moved it
-- reads   claims, their events, names, the run
-- rule    R-DL2 the provider's receipt, else our sending, starts the wait; a state that nothing is waited for has no age. K5
with newest as (
    select *
    from measured.claims
    qualify row_number() over (partition by claim_id order by version desc) = 1
),

acts as (
    select
        event.claim_id,
        list(distinct event.author_role order by event.author_role) filter (event.event = 'filed') as filed_by,
        list(distinct event.author_role order by event.author_role) filter (event.event in ('approved', 'partly_approved', 'rejected')) as decided_by,
        list(distinct event.author_role order by event.author_role) filter (event.event = 'settled') as settled_by
    from staged.claim_event as event
    semi join newest on event.claim_id = newest.claim_id
    where event.author_role is not null
    group by event.claim_id
)

select
    newest.claim_id,
    newest.version,
    newest.contract_id,
    newest.contract_version_id,
    newest.service_id,
    coalesce(names.name, newest.service_id) as service_name,
    newest.kind,
    newest.currency,
    newest.state,
    newest.amount,
    newest.approved_amount,
    newest.settled_amount,
    newest.settled_on,
    newest.invoice_id,
    newest.provider_ref,
    newest.leakage,
    newest.last_day,
    coalesce(newest.received_at, newest.filed_at) as sent_at,
    newest.state in ('filed', 'acknowledged', 'approved', 'partly_approved', 'rejected', 'settled') as is_filed,
    if(
        newest.state in ('filed', 'acknowledged', 'approved', 'partly_approved'),
        (epoch_us(context.as_of) - epoch_us(coalesce(newest.received_at, newest.filed_at))) // 86400000000,
        null
    )::bigint as days_waiting,
    coalesce(acts.filed_by, []) as filed_by,
    coalesce(acts.decided_by, []) as decided_by,
    coalesce(acts.settled_by, []) as settled_by
from newest
cross join run.context as context
left join published.catalogue_names as names on newest.service_id = names.component_id
left join acts on newest.claim_id = acts.claim_id
