-- builds  measured.outage_lengths (working table): one row per window and filter of services with an outage: how long they were, ascending
-- reads   service outages, filters of services
-- rule    M-02: the mean outage length has its median beside it
select
    link.period,
    link.filter,
    list(outage.end_us - outage.start_us order by outage.end_us - outage.start_us) as lengths_us
from measured.service_outages as outage
inner join measured.service_filters as link on outage.period = link.period and outage.service_id = link.service_id
group by link.period, link.filter
