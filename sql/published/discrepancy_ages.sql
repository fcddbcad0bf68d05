-- builds  published.discrepancy_ages (working table): one row per type, and whether it asks a person, with how many belong to the period, how
--         many of them are open and for how long, and how many belong to other months
-- reads   discrepancies with their incident; age counts from the landing that revealed one to as_of
-- rule    RC-D1 to RC-D13: nothing is dropped, so open and settled add up to all. One belongs to the period if its incident touches it, or
--         if it has no incident. E121: an outage that monitoring did not see is reviewed for P1 and P2 only
with ages as (
    select
        as_of,
        period_start_at,
        period_end_at,
        as_of - interval 7 day as week_ago,
        as_of - interval 30 day as month_ago
    from run.context
),

placed as (
    select
        discrepancy.type,
        discrepancy.rule_id,
        discrepancy.state = 'open' as is_open,
        discrepancy.opened_at,
        discrepancy.type <> 'OUTAGE_NOT_OBSERVED' or coalesce(discrepancy.severity in ('P1', 'P2'), false) as is_for_review,
        discrepancy.incident_id is null
        or (incident.occurred_at < ages.period_end_at and coalesce(incident.restored_at, ages.as_of) >= ages.period_start_at) as is_of_period,
        ages.week_ago,
        ages.month_ago,
        ages.period_start_at,
        ages.period_end_at
    from reconciled.discrepancies as discrepancy
    left join reconciled.incidents as incident on discrepancy.incident_id = incident.incident_id
    cross join ages
)

select
    type,
    is_for_review,
    min(rule_id) as rule_id,
    count(*) filter (where is_of_period) as found,
    count(*) filter (where is_of_period and is_open) as open,
    count(*) filter (where is_of_period and is_open and opened_at >= week_ago) as open_week,
    count(*) filter (where is_of_period and is_open and opened_at < week_ago and opened_at >= month_ago) as open_month,
    count(*) filter (where is_of_period and is_open and opened_at < month_ago) as open_older,
    count(*) filter (where not is_of_period) as elsewhere,
    week_ago,
    month_ago,
    period_start_at,
    period_end_at
from placed
group by type, is_for_review, week_ago, month_ago, period_start_at, period_end_at
