-- builds  published.dispute_lines (working table): one row per dispute and level it is about, with what it names and who decided
-- reads   effects of disputes, disputes as recorded, incidents
-- rule    R-DI2 each dispute's increment over the headline, on unions; R-DI4 those too late or lapsed are listed; the statement is free text and
--         stays in the journal (DOMAIN 8)
select
    effect.*,
    dispute.decided_by_role,
    coalesce(incident.ticket_key, dispute.subject_id) as about
from measured.dispute_effects as effect
left join staged.dispute as dispute on effect.dispute_id = dispute.dispute_id
left join reconciled.incidents as incident on dispute.subject_type = 'incident' and dispute.subject_id = incident.incident_id
