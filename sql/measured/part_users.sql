-- builds  measured.part_users (working table): one row per window part of user minutes and span with one number of users, clipped to the part;
--         null = unknown
-- reads   parts, the catalogue
-- rule    R-PO3 users from the contract, else those of the catalogue's row of the scope, which may change inside the window
select
    part_no,
    start_us,
    end_us,
    stated_users as users
from measured.parts
where partial_outage = 'user_minutes' and stated_users is not null
union all
select
    part.part_no,
    greatest(epoch_us(entry.valid_from), part.start_us) as start_us,
    least(coalesce(epoch_us(entry.valid_to), part.end_us), part.end_us) as end_us,
    entry.users
from measured.parts as part
inner join staged.service_catalogue as entry
    on
        part.service_id = entry.service_id
        and part.root_id = entry.component_id
        and part.end_at > entry.valid_from
        and (entry.valid_to is null or part.start_at < entry.valid_to)
where part.partial_outage = 'user_minutes' and part.stated_users is null
