-- macro   pagerduty_state(status, event_type): a status of PagerDuty as a state; after incident.reopened a triggered one is a reopened one
create or replace macro pagerduty_state(status, event_type) as (
    case
        when event_type = 'incident.reopened' then 'reopened'
        when status = 'triggered' then 'new'
        else status
    end
);
-- macro   place_by_id(id): a place from 0 to 999 among things of one instant, by their id alone, for sources that do not count them
create or replace macro place_by_id(id) as (('0x' || left(sha256(id), 8))::bigint % 1000);
