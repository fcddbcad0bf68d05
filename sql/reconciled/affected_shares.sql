-- builds  reconciled.affected_shares (working table): one row per incident of which a vendor or a ticket says how much of a component was hit
-- reads   vendor records and tickets of incidents
-- rule    4.2 affected_fraction: after monitoring the vendor's word, then the ticket's. R-PO3 a number of users is the vendor's alone
with said as (
    select incident_id, affected_fraction, affected_users, 1 as place, raw_id from reconciled.incident_vendor_records
    union all
    select ticket.incident_id, snapshot.affected_fraction, null as affected_users, 1 + ticket.rank_no as place, ticket.raw_id
    from reconciled.incident_tickets as ticket
    inner join staged.ticket as snapshot on ticket.raw_id = snapshot.raw_id
)

select
    incident_id,
    min_by(affected_fraction, (place, raw_id)) filter (where affected_fraction is not null) as affected_fraction,
    min_by(affected_users, (place, raw_id)) filter (where affected_users is not null) as affected_users
from said
where affected_fraction is not null or affected_users is not null
group by incident_id
